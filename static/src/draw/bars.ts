// Signed values as bars above and below a line, in as many rows as the room asks for.

/** Where each bar stands, in CSS pixels. */
export interface BarLayout {
  readonly count: number;
  readonly columns: number;
  readonly rows: number;
  /** From one bar to the next; a bar is as wide, less a gap where there is room for one. */
  readonly pitch: number;
  readonly rowHeight: number;
}

const LEAST_PITCH_PX = 3;
const LARGEST_PITCH_PX = 72;
const ROW_PX = 120;
const LOW_ROW_PX = 48;
/** Between rows. */
const GAP_PX = 8;
/** Lower bars are not drawn. */
const LEAST_HEIGHT_PX = 0.05;

/** Bars of at least three pixels each; one row as long as they fit. */
export function layBars(count: number, room: number): BarLayout {
  const columns = Math.max(1, Math.min(count, Math.floor(room / LEAST_PITCH_PX)));
  const rows = Math.max(1, Math.ceil(count / columns));
  const even = Math.ceil(count / rows); // rows of one length, the last at most a little shorter
  const pitch = Math.min(LARGEST_PITCH_PX, Math.floor((room / even) * 4) / 4);
  return { count, columns: even, rows, pitch, rowHeight: rows > 2 ? LOW_ROW_PX : ROW_PX };
}

export function barsHeight({ rows, rowHeight }: BarLayout): number {
  return rows * (rowHeight + GAP_PX) - GAP_PX;
}

export function rowPitch({ rowHeight }: BarLayout): number {
  return rowHeight + GAP_PX;
}

/** The lowest and the highest value that bars have room for; zero lies between them or at an end. */
export interface Extent {
  readonly low: number;
  readonly high: number;
}

/** The room that these values need, zero included. */
export function extentOf(values: ArrayLike<number>): Extent {
  let [low, high] = [0, 0];
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

/** One path for all bars of a sign, and the lines they stand on. */
export function barPaths(
  layout: BarLayout,
  values: ArrayLike<number>,
): { readonly positive: string; readonly negative: string; readonly zero: string } {
  const { columns, rows, pitch, rowHeight } = layout;
  const { low, high } = extentOf(values);
  const perPx = (high - low) / rowHeight;
  const gap = pitch >= 6 ? 1 : 0;
  const zeroLine = (row: number) => row * rowPitch(layout) + (perPx > 0 ? high / perPx : rowHeight / 2);
  const paths = { positive: "", negative: "", zero: "" };
  for (let row = 0; row < rows; row += 1) {
    const across = Math.min(columns, values.length - row * columns) * pitch;
    paths.zero += `M0 ${round(zeroLine(row))}h${round(across)}`;
  }
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    const height = perPx > 0 ? value / perPx : 0;
    if (!(Math.abs(height) >= LEAST_HEIGHT_PX)) continue;
    const x = round((i % columns) * pitch);
    const bar = `M${x} ${round(zeroLine(Math.floor(i / columns)))}h${round(pitch - gap)}v${round(-height)}h${round(gap - pitch)}z`;
    if (value < 0) paths.negative += bar;
    else paths.positive += bar;
  }
  return paths;
}

function round(px: number): number {
  return Math.round(px * 100) / 100;
}
