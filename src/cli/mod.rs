//! The command line: one file a subcommand. Work goes to the worker as it does from the window, and what
//! is printed is what the worker tells. Results go to stdout, everything else to stderr.

mod bench;
mod cache;
mod compare;
mod evaluate;
mod experiment;
mod export;
mod faces;
mod features;
mod info;
mod interpolate;
mod reconstruct;
mod sample;
mod session;
mod table;
mod train;
mod traverse;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::error::{Error, Result};

/// Exit code after Ctrl-C, as shells expect it.
const INTERRUPTED: u8 = 130;

/// See what an autoencoder has learned: train it, open its latent space, walk through it.
///
/// Without a subcommand the window opens.
#[derive(Parser)]
#[command(name = "morphospace", version, args_conflicts_with_subcommands = true)]
struct Line {
    /// Checkpoints, images or folders to open in the window
    open: Vec<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
    /// Print one JSON object on stdout and nothing else there
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Train a model on a folder of images or on built-in faces
    Train(Box<train::Options>),
    /// Measure reconstructions of checkpoints, and what they draw, on a folder of images
    Evaluate(evaluate::Options),
    /// Measure how well two folders of images agree, in pairs of equal names and as sets
    Compare(compare::Options),
    /// Pass images through a model
    Reconstruct(reconstruct::Options),
    /// Draw new images from a model
    Sample(sample::Options),
    /// Walk from one image to another through the latent space
    Interpolate(interpolate::Options),
    /// Move single latent dimensions
    Traverse(traverse::Options),
    /// Write a checkpoint as a model to share: half precision, without the state of the run
    Export(export::Options),
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
}

/// What the command line asks for.
pub enum Request {
    /// Open the window with these.
    Window(Vec<PathBuf>),
    /// Everything is done; end with this code.
    Done(ExitCode),
}

/// Parses the arguments and runs a subcommand. Wrong usage ends the process with code 2, as clap does.
pub fn run() -> Request {
    let matches = Line::command().get_matches();
    let line = Line::from_arg_matches(&matches).unwrap_or_else(|e| e.exit());
    let Some(command) = line.command else { return Request::Window(line.open) };
    let result = match matches.subcommand() {
        Some((_, matches)) => dispatch(command, matches, line.json),
        None => Ok(()),
    };
    Request::Done(match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Error::Cancelled) => ExitCode::from(INTERRUPTED),
        Err(error) => {
            print_error(&error);
            ExitCode::FAILURE
        }
    })
}

fn dispatch(command: Command, matches: &ArgMatches, json: bool) -> Result<()> {
    match command {
        Command::Train(options) => train::run(*options, matches, json),
        Command::Evaluate(options) => evaluate::run(options, json),
        Command::Compare(options) => compare::run(options, json),
        Command::Reconstruct(options) => reconstruct::run(options, json),
        Command::Sample(options) => sample::run(options, json),
        Command::Interpolate(options) => interpolate::run(options, json),
        Command::Traverse(options) => traverse::run(options, json),
        Command::Export(options) => export::run(options, json),
        Command::Features(options) => features::run(options, json),
        Command::Faces(options) => faces::run(options, json),
        Command::Experiment(options) => experiment::run(options, json),
        Command::Bench(options) => bench::run(options, json),
        Command::Info(options) => info::run(options, json),
        Command::Cache(options) => cache::run(options, json),
    }
}

/// Ends the process as clap does when the usage is wrong: a sentence, the usage, code 2.
fn usage_error(message: impl std::fmt::Display) -> ! {
    Line::command().error(clap::error::ErrorKind::ValueValidation, message).exit()
}

/// Prints a sentence for people. Unlike `eprintln!` it goes on when nobody listens any more.
pub fn print_error(message: &dyn std::fmt::Display) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "morphospace: {message}");
}

/// A worker that answers something else than it was asked has a fault.
fn unexpected<T>(answer: &impl std::fmt::Debug) -> Result<T> {
    Err(Error::Invalid(format!("the worker gave an unexpected answer: {answer:?}")))
}

/// Prints the one JSON object.
fn print_json(value: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string(value).map_err(|e| Error::Invalid(e.to_string()))?;
    print_line(&text)
}

/// Prints a line of the result; a closed pipe (as by `head`) is no failure.
fn print_line(text: &str) -> Result<()> {
    use std::io::{ErrorKind, Write};
    match writeln!(std::io::stdout(), "{text}") {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(Error::Invalid(format!("cannot print: {e}"))),
        _ => Ok(()),
    }
}
