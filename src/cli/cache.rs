//! `morphospace cache`

use std::path::PathBuf;

use clap::Subcommand;

use super::output::{print_error, print_json, print_line, unexpected};
use super::session::WorkerClient;
use super::table;
use crate::error::Result;
use crate::worker::protocol::{CacheReport, CacheRequest, Job, JobResult, readable_size};

#[derive(clap::Args)]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Say what is kept, and where
    List,
    /// Remove what is kept; it is read anew when it is needed
    Clear {
        /// Only what was not used for so many days
        #[arg(long, value_name = "DAYS")]
        older_than: Option<u64>,
        /// Only what came from this folder or archive
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// Read all that is kept, compare it with the files that it is of, and remove what is damaged or outdated
    Verify,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let mut session = WorkerClient::start();
    match options.action {
        Action::List => {
            let report = session.cache(CacheRequest::Look)?;
            if json { print_json(&report) } else { list(&report) }
        }
        Action::Clear { older_than: older_than_days, data } => {
            let report = session.cache(CacheRequest::Clear { older_than_days, data })?;
            print_failures(&report);
            if json {
                return print_json(&report);
            }
            let (freed, left) = (readable_size(report.freed), readable_size(report.bytes));
            print_line(&format!("{} removed, {freed} freed, {left} left", counted(report.removed, "file")))
        }
        Action::Verify => {
            let report = match session.job(Job::VerifyCache)? {
                JobResult::CacheVerified(report) => report,
                other => return unexpected(&other),
            };
            print_failures(&report);
            if json {
                return print_json(&report);
            }
            let damaged = report.sets.iter().filter(|set| set.problem.is_some());
            for set in damaged.clone() {
                let problem = set.problem.as_deref().unwrap_or_default();
                print_line(&format!("{}: {problem}", set.file.display()))?;
            }
            let damaged = damaged.count();
            let sound = counted(report.sets.len() - damaged, "sound set");
            print_line(&format!("{sound}, {damaged} damaged or outdated and removed"))
        }
    }
}

fn list(report: &CacheReport) -> Result<()> {
    let Some(folder) = &report.folder else {
        return print_line("nothing is cached: MORPHOSPACE_CACHE_DIR is empty, or there is no home folder");
    };
    let mut lines = vec![["from", "images", "pixels", "size", "last used"].map(str::to_owned).to_vec()];
    for set in &report.sets {
        let used = match set.days_unused {
            0 => "today".to_owned(),
            1 => "1 day ago".to_owned(),
            days => format!("{days} days ago"),
        };
        let from = match (&set.source, &set.problem) {
            (Some(source), None) => match &set.computed {
                Some(what) => format!("{source}, seen by {what}"),
                None => source.clone(),
            },
            (_, problem) => format!("damaged: {}", problem.as_deref().unwrap_or("it does not say")),
        };
        let pixels = if set.image_size > 0 { format!("{0}×{0}", set.image_size) } else { "–".to_owned() };
        lines.push(vec![from, set.images.to_string(), pixels, readable_size(set.bytes), used]);
    }
    if !report.sets.is_empty() {
        print_line(&table::align(&lines))?;
    }
    print_line(&format!("{} in {}", readable_size(report.bytes), folder.display()))
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Files that could not be removed.
fn print_failures(report: &CacheReport) {
    for file in &report.failed {
        print_error(&format!("{}: {}", file.path.display(), file.reason));
    }
}
