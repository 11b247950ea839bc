//! A sweep as a job array of Slurm.

use std::ffi::OsStr;
use std::path::Path;

use super::children::device_arguments;
use super::plan::Planned;
use crate::config::DeviceConfig;
use crate::error::{Error, Result};
use crate::worker::protocol::CHECKPOINT_FILE;

/// The script: a task for each run that is not done, which begins the run or goes on with it.
///
/// # Errors
/// If all runs are done; if a path is no valid text, which a script has to be.
pub fn script(planned: &[Planned<'_>], file: &Path, device: DeviceConfig) -> Result<String> {
    let open: Vec<&Planned<'_>> = planned.iter().filter(|run| !run.state.is_done).collect();
    let Some(last) = open.len().checked_sub(1) else {
        let reason =
            format!("all {} runs are done; the same command without --slurm shows them", planned.len());
        return Err(Error::file(file, reason));
    };
    let program = std::env::current_exe().map_err(Error::io("find", Path::new("morphospace")))?;
    let program = quoted(program.as_os_str())?;
    let device = device_arguments(device).map(|argument| quoted(OsStr::new(&argument)));
    let device = device.into_iter().collect::<Result<Vec<_>>>()?.join(" ");
    let name: String = file.file_stem().unwrap_or_default().to_string_lossy().chars().map(plain).collect();
    let mut tasks = String::new();
    for (task, run) in open.iter().enumerate() {
        let arguments = run.run.arguments();
        let arguments = arguments.iter().map(|argument| quoted(argument)).collect::<Result<Vec<_>>>()?;
        let folder = quoted(run.folder.as_os_str())?;
        tasks += &format!("{task})\n  run={folder}\n  settings=({})\n  ;;\n", arguments.join(" "));
    }
    Ok(format!(
        r#"#!/bin/bash
#SBATCH --job-name={name}
#SBATCH --array=0-{last}
# Two minutes before its time is over a run is asked to save itself; the same array, submitted again, goes on from there.
#SBATCH --signal=B:TERM@120
# What a run needs is for you to say, here or to sbatch:
##SBATCH --time=04:00:00
##SBATCH --cpus-per-task=8
##SBATCH --gres=gpu:1
set -eu
morphospace=${{MORPHOSPACE:-{program}}}
if [ -n "${{SLURM_CPUS_PER_TASK:-}}" ]; then
  export RAYON_NUM_THREADS="$SLURM_CPUS_PER_TASK"
fi
case "$SLURM_ARRAY_TASK_ID" in
{tasks}*)
  echo "there is no run $SLURM_ARRAY_TASK_ID in this array" >&2
  exit 2
  ;;
esac
if [ -f "$run/{CHECKPOINT_FILE}" ]; then
  exec "$morphospace" train --resume "$run" {device}
fi
exec "$morphospace" train "${{settings[@]}}" --out "$run" {device}
"#
    ))
}

/// A letter of a job's name.
fn plain(c: char) -> char {
    if c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.' { c } else { '-' }
}

/// A word as a shell takes it for itself.
fn quoted(word: &OsStr) -> Result<String> {
    let lossy = || Error::Invalid(format!("{} is no valid text, and a script has to be", word.display()));
    let text = word.to_str().ok_or_else(lossy)?;
    Ok(format!("'{}'", text.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_one_word_to_a_shell() {
        for (word, text) in [("a b", "'a b'"), ("it's $HOME", r"'it'\''s $HOME'"), ("", "''")] {
            assert_eq!(quoted(OsStr::new(word)).unwrap(), text);
        }
    }
}
