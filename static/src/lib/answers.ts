// Answers that are asked for more than once: the latest few are kept, and asked again only where they failed.

/** A memory of the latest `most` answers by their address. */
export class Answers<Answer> {
  private readonly kept = new Map<string, Promise<Answer>>();
  private readonly most: number;
  private readonly ask: (address: string) => Promise<Answer>;

  constructor(most: number, ask: (address: string) => Promise<Answer>) {
    this.most = most;
    this.ask = ask;
  }

  get(address: string): Promise<Answer> {
    const known = this.kept.get(address);
    this.kept.delete(address);
    const answer = known ?? this.ask(address);
    this.kept.set(address, answer);
    if (!known) answer.catch(() => this.kept.delete(address));
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= this.most) break;
      this.kept.delete(oldest);
    }
    return answer;
  }
}
