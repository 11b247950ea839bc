//! `morphospace directions`

mod apply;
mod fit;
mod list;

use clap::Subcommand;

use crate::error::Result;

#[derive(clap::Args)]
pub struct Options {
    #[command(subcommand)]
    command: DirectionsCommand,
}

#[derive(Subcommand)]
enum DirectionsCommand {
    /// Find directions in the code space of a model, and measure what they do to pictures
    Fit(fit::Options),
    /// Say which directions a model, or a file of directions, has
    List(list::Options),
    /// Move a face along directions
    Apply(apply::Options),
}

pub fn run(options: Options, json: bool) -> Result<()> {
    match options.command {
        DirectionsCommand::Fit(options) => fit::run(options, json),
        DirectionsCommand::List(options) => list::run(options, json),
        DirectionsCommand::Apply(options) => apply::run(options, json),
    }
}
