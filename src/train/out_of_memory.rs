//! Explanation of a device's full memory: it is no fault of anybody's, and there are ways on.

use std::path::PathBuf;

use crate::config::TrainConfig;
use crate::device::is_out_of_memory;
use crate::error::{Error, without_backtrace};

/// The error of a computation on the device `name`, with a way on where its memory was full.
pub fn explained(error: Error, name: &str) -> Error {
    match reason(&error) {
        Some(reason) => Error::OutOfMemory(format!(
            "the memory of {name} is full ({reason}). Close other programs that use it, or compute on the CPU \
             (--device cpu)"
        )),
        None => error,
    }
}

/// The error of a run that has a checkpoint of so many updates.
pub(super) fn of_a_run(error: Error, name: &str, config: &TrainConfig, last: &(PathBuf, usize)) -> Error {
    let Some(reason) = reason(&error) else { return error };
    let (file, step) = last;
    let smaller = match config.batch_size / 2 {
        0 | 1 => String::new(),
        half => format!("fork it with a smaller batch, such as {half} images (--fork, --batch-size), "),
    };
    Error::OutOfMemory(format!(
        "the memory of {name} is too small for an update of {} images ({reason}). The run is kept in {} as of step \
         {step}: {smaller}close other programs that use the memory, or resume it on the CPU (--device cpu)",
        config.batch_size,
        file.display(),
    ))
}

/// The device's own words, if they say so.
fn reason(error: &Error) -> Option<String> {
    match error {
        Error::Tensor(error) if is_out_of_memory(error) => Some(without_backtrace(error).to_string()),
        _ => None,
    }
}
