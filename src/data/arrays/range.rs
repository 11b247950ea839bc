//! The numbers that are black and white in arrays whose kind does not say it.

use super::bytes::{Bytes, about};
use super::numbers::Scale;
use super::part::Part;
use crate::{Error, Result};

/// Bytes of an array that are looked at. Of a longer one it is every second, third, … picture, and the last.
const LOOKED_AT: u64 = 128 << 20;

/// Meaning of the numbers of some arrays, and how it was found.
pub(super) struct Meaning {
    pub scale: Scale,
    /// Sentence for people; none where the kind of the numbers says it.
    pub note: Option<String>,
}

/// Meaning of the numbers of arrays in one file that are of one kind: what all of them lie in together.
///
/// # Errors
/// Numbers beyond every range that pictures have; a file that cannot be read.
pub(super) fn meaning(parts: &[(&Part, &Bytes)]) -> Result<Meaning> {
    let [(first, _), ..] = parts else { return Err(Error::Invalid("there is no array to look at".into())) };
    let numbers = first.pictures.numbers;
    if let Some(scale) = numbers.scale() {
        return Ok(Meaning { scale, note: None });
    }
    let file = &first.pictures.file;
    let (mut least, mut most, mut every) = (f64::INFINITY, f64::NEG_INFINITY, 1);
    for (part, bytes) in parts {
        let series = &part.pictures;
        let each = part.sides.numbers() * numbers.size;
        let stride = (series.step.saturating_mul(series.count as u64)).div_ceil(LOOKED_AT).max(1) as usize;
        every = every.max(stride);
        let looked_at = (0..series.count).step_by(stride).chain([series.count.saturating_sub(1)]);
        for number in looked_at {
            let picture = bytes.read(series.at(number), each).map_err(Error::io("read", file))?;
            for value in numbers.values(&picture).filter(|value| value.is_finite()) {
                (least, most) = (least.min(value), most.max(value));
            }
        }
    }
    if least > most {
        return Err(Error::file(file, "it holds no finite number; write it anew"));
    }
    let Some(scale) = Scale::of_range(least, most, numbers.are_whole()) else {
        let reason = format!(
            "its numbers reach from {} to {}, and pictures are numbers in [0, 1], [−1, 1] or [0, 255]; undo what \
             was done to them, say a standardisation, or save them as uint8",
            shown(least),
            shown(most)
        );
        return Err(about(file, Error::Invalid(reason)));
    };
    let seen = match every {
        1 => String::new(),
        every => format!(", as far as one in {every} of its pictures shows"),
    };
    let note = format!(
        "The numbers in {} reach from {} to {}{seen}, so {} is taken for black and {} for white",
        file.file_name().unwrap_or_default().display(),
        shown(least),
        shown(most),
        scale.black,
        scale.white
    );
    Ok(Meaning { scale, note: Some(note) })
}

/// As in "0.25"; no more digits than say something.
fn shown(value: f64) -> String {
    match value.fract() == 0.0 && value.abs() < 1e9 {
        true => format!("{value}"),
        false if (0.001..1e6).contains(&value.abs()) => format!("{value:.3}"),
        false => format!("{value:.1e}"),
    }
}
