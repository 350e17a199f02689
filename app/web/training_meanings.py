"""What each field of the training form means, in a sentence; the names are PyTorch's where it has one."""

from __future__ import annotations

from collections.abc import Mapping

from app.locale import mark as _

MEANINGS: Mapping[str, str] = {
    "batch_size": _("How many pictures make one update; full takes all of them for each."),
    "epochs": _("How many times it goes over the training pictures."),
    "seed": _("Decides what is drawn while it trains: the same one gives the same run again."),
    "device": _("What computes; auto takes a GPU where there is one."),
    "lr": _("The learning rate η at its highest: how far one update goes."),
    "momentum": _("How much of the last update is kept for the next, from 0 to below 1."),
    "nesterov": _("Takes the gradient where momentum alone would lead."),
    "dampening": _("Which share of each new gradient the momentum leaves out."),
    "weight_decay": _(
        "How strongly weights are pulled towards 0: not biases or batch norms, nor convolutions under Muon."
    ),
    "lr_decay": _("How fast Adagrad's rate falls with the number of updates."),
    "initial_accumulator_value": _("What Adagrad's sums of squared gradients begin with."),
    "alpha": _("How slowly RMSprop forgets squared gradients."),
    "centered": _("Divides by how far gradients spread around their mean, not around 0."),
    "betas": _("How slowly Adam forgets gradients, and squared gradients."),
    "amsgrad": _("Divides by the largest mean of squares so far, not by the latest."),
    "eps": _("Added to what is divided by, so that it is never 0."),
    "other_lr": _("The rate of what is no convolution's weight, which Muon leaves to SGD."),
    "other_momentum": _("The momentum of what Muon leaves to SGD."),
    "ns_steps": _("How many rounds make an update of Muon orthogonal."),
    "dense_lr": _("The rate of dense layers' weights; empty is other_lr."),
    "milestones": _(
        "After which shares of the run, or of what is before swa_start, the rate falls; each from 0 to 1."
    ),
    "gamma": _("What the rate is multiplied by at each of them."),
    "div_factor": _("How many times smaller the first rate is than the highest."),
    "final_div_factor": _("How many times smaller the last rate is than the first."),
    "anneal_strategy": _("Whether the rate goes along a cosine or a straight line."),
    "crop_padding": _("Pictures are moved by up to so many pixels, over a mirrored border."),
    "flip": _(
        "Pictures are mirrored in every other epoch, where their set allows it: a mirrored digit is none."
    ),
    "cutout": _("The side of a square of each picture that is blanked, in pixels."),
    "warmup": _(
        "Over which share of the run, or of what is before swa_start, the rate rises at first; from 0 to 1."
    ),
    "swa_start": _(
        "From this share of the run on, the weights of all steps are averaged, and it ends with their mean"
        " (SWA); 1 is never."
    ),
    "swa_fraction": _("At which share of lr the rate stays meanwhile."),
    "sam_rho": _(
        "Above 0, each update uses the gradient found this far uphill, where the loss nearby is worst (SAM),"
        " for at most 125 pictures at a time. It takes twice the time; 0.05 to 0.2 are usual."
    ),
    "label_smoothing": _("How much of each label is spread over all classes, from 0 to 1."),
    "smaller_until": _("[0.4, 24] shows pictures of 24 × 24 pixels up to 40 % of the run, which is faster."),
    "held_out": _("How many training pictures are only looked at, to tell how it does on others."),
    "train_examples": _("How many training pictures are learned from; empty is all."),
    "initialisation": _(
        "Whitened begins as speedruns do: the first layer whitens what it sees, and stays so."
    ),
    "shuffled": _("Puts the pixels of all pictures, or the labels of those it trains on, out of order."),
    "precision": _(
        "In which numbers it computes; auto takes bfloat16 where that is faster. A processor without bfloat16"
        " computes in float32."
    ),
}
"""By a field's own name: ``adam.lr`` and ``sgd.lr`` mean the same."""
