//! The command line: one file a subcommand. Work goes to the worker as it does from the window, and what
//! is printed is what the worker tells. Results go to stdout, everything else to stderr.

mod alignment;
mod atlas;
mod bench;
mod cache;
mod code;
mod compare;
mod completions;
mod counts;
mod directions;
mod evaluate;
mod experiment;
mod export;
mod faces;
mod features;
mod image_files;
mod import;
mod info;
mod interpolate;
mod invert;
mod licences;
mod man;
mod output;
mod prior;
mod reconstruct;
mod sample;
mod serve;
mod session;
mod sweep;
mod table;
mod train;
mod traverse;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::about::version;
use crate::config::SWEEP_FORMAT;
use crate::error::{Error, Result};
use crate::ranks;
use crate::remote::link::Launcher;
use crate::signals;
pub use output::print_error;

/// See what an autoencoder has learned: train it, open its latent space, walk through it.
///
/// Without a subcommand the window opens.
#[derive(Parser)]
#[command(name = "morphospace", version, long_version = version::long(), args_conflicts_with_subcommands = true)]
struct CommandLine {
    /// Checkpoints, images or folders to open in the window
    open: Vec<PathBuf>,
    /// Train and measure on another computer, reached by the system's ssh; this window looks at it
    #[arg(long, value_name = "USER@HOST")]
    remote: Option<String>,
    /// As --remote, by a command whose standard input and output lead to `morphospace serve --stdio`
    #[arg(long, value_name = "COMMAND", conflicts_with = "remote")]
    remote_command: Option<String>,
    #[command(subcommand)]
    command: Option<CliCommand>,
    /// Print one JSON object on stdout and nothing else there
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum CliCommand {
    /// Train a model on a folder of images or on built-in faces
    Train(Box<train::Options>),
    /// Train many runs that one file says, a grid of settings or a list, and compare them in a table
    #[command(after_long_help = SWEEP_FORMAT)]
    Sweep(sweep::Options),
    /// Learn a density of a model's codes, from which it then draws
    Prior(prior::Options),
    /// Find directions in a model's code space that mean something, and move faces along them
    Directions(Box<directions::Options>),
    /// Measure reconstructions of checkpoints, and what they draw, on a folder of images
    Evaluate(evaluate::Options),
    /// Measure how well two folders of images agree, in pairs of equal names and as sets
    Compare(compare::Options),
    /// Pass images through a model
    Reconstruct(reconstruct::Options),
    /// Seek the code whose picture is nearest to an image, also in a model without an encoder
    Invert(invert::Options),
    /// Draw new images from a model
    Sample(sample::Options),
    /// Walk from one image to another through the latent space
    Interpolate(interpolate::Options),
    /// Move single latent dimensions
    Traverse(traverse::Options),
    /// Map images and draws on a plane by what a model, features or pixels say of them
    Atlas(Box<atlas::Options>),
    /// Write a checkpoint as a model to share or for other programs, or the codes that it has of images
    Export(export::Options),
    /// Read a model of another program (ONNX, PyTorch), correct how it is read, and remember it for its file
    Import(Box<import::Options>),
    /// Write the feature vectors of images to a file
    Features(features::Options),
    /// Write built-in faces as pictures, with a table of what makes each
    Faces(faces::Options),
    /// Repeat an experiment and say what came of it
    Experiment(experiment::Options),
    /// Time a part of the program
    Bench(bench::Options),
    /// Say what a checkpoint or a folder of images holds
    Info(info::Options),
    /// See and clear what was kept of data sets that were read
    Cache(cache::Options),
    /// Work for windows on other computers
    Serve(serve::Options),
    /// Print the script by which a shell completes these commands and their options
    Completions(completions::Options),
    /// Print the manual's page, or write it with those of all commands
    Man(man::Options),
    /// Print the licences of the program and of all that it carries
    Licences,
}

/// Request of the command line.
pub enum Invocation {
    /// Open the window with these, its worker at the place.
    Window(Vec<PathBuf>, Option<Launcher>),
    /// Everything is done; end with this code.
    Done(ExitCode),
}

/// Parses arguments, of which the first is the program's name, and runs nothing.
///
/// # Errors
/// Usage that the program does not understand, and a request for help.
pub fn check(arguments: &[&str]) -> Result<(), clap::Error> {
    CommandLine::try_parse_from(arguments).map(drop)
}

/// Parses the arguments and runs a subcommand. Wrong usage ends the process with code 2, as clap does.
pub fn run() -> Invocation {
    let matches = CommandLine::command().get_matches();
    let line = CommandLine::from_arg_matches(&matches).unwrap_or_else(|e| e.exit());
    let work = matches.subcommand_name().unwrap_or("the window");
    let joined = ranks::start(work, line.command.as_ref().is_some_and(CliCommand::is_shared));
    let place = line.remote.map(Launcher::Ssh).or(line.remote_command.map(Launcher::Command));
    let result = match (line.command, joined, matches.subcommand()) {
        (_, Err(error), _) => Err(error),
        (Some(command), _, Some((_, matches))) => dispatch(command, matches, line.json),
        _ => match place.as_ref().map_or(Ok(()), Launcher::check) {
            Ok(()) => return Invocation::Window(line.open, place),
            Err(error) => Err(error),
        },
    };
    let code = match &result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Error::Cancelled) => ExitCode::from(signals::EXIT_CODE),
        Err(error) => {
            print_error(error);
            ExitCode::FAILURE
        }
    };
    ranks::finish(&result);
    Invocation::Done(code)
}

impl CliCommand {
    /// Whether many processes share its work.
    fn is_shared(&self) -> bool {
        matches!(self, Self::Train(_) | Self::Evaluate(_) | Self::Features(_))
    }
}

fn dispatch(command: CliCommand, matches: &ArgMatches, json: bool) -> Result<()> {
    match command {
        CliCommand::Train(options) => train::run(*options, matches, json),
        CliCommand::Sweep(options) => sweep::run(options, json),
        CliCommand::Prior(options) => prior::run(options, json),
        CliCommand::Directions(options) => directions::run(*options, json),
        CliCommand::Evaluate(options) => evaluate::run(options, json),
        CliCommand::Compare(options) => compare::run(options, json),
        CliCommand::Reconstruct(options) => reconstruct::run(options, json),
        CliCommand::Invert(options) => invert::run(options, json),
        CliCommand::Sample(options) => sample::run(options, json),
        CliCommand::Interpolate(options) => interpolate::run(options, json),
        CliCommand::Traverse(options) => traverse::run(options, json),
        CliCommand::Atlas(options) => atlas::run(*options, json),
        CliCommand::Export(options) => export::run(options, json),
        CliCommand::Import(options) => import::run(*options, json),
        CliCommand::Features(options) => features::run(options, json),
        CliCommand::Faces(options) => faces::run(options, json),
        CliCommand::Experiment(options) => experiment::run(options, json),
        CliCommand::Bench(options) => bench::run(options, json),
        CliCommand::Info(options) => info::run(options, json),
        CliCommand::Cache(options) => cache::run(options, json),
        CliCommand::Serve(options) => serve::run(options),
        CliCommand::Completions(options) => completions::run(&options, CommandLine::command(), json),
        CliCommand::Man(options) => man::run(options, CommandLine::command(), json),
        CliCommand::Licences => licences::run(json),
    }
}
