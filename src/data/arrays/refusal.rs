//! Sentences on arrays that are none of pictures.

use super::npy_header::{NpyHeader, described};
use super::numbers::Numbers;
use super::sides::Sides;
use crate::data::decode::{MAX_FILE_BYTES, MAX_PIXELS};

/// Shapes that are read, for people.
pub(super) const SHAPES: &str = "N × height × width, N × height × width × channels or N × channels × height × width, \
                                 with 1, 3 or 4 channels";

/// Refuses no pictures at all, and such as are larger than a picture in a file may be.
///
/// # Errors
/// A sentence without the file's name.
pub(super) fn check_size(count: usize, sides: &Sides, numbers: Numbers) -> Result<(), String> {
    if count == 0 {
        return Err("there is no picture in it".into());
    }
    if sides.are_too_many() || sides.numbers().saturating_mul(numbers.size) as u64 > MAX_FILE_BYTES {
        return Err(format!(
            "pictures of {} × {} pixels are more than the {} megapixels and {} MB that are read; make them smaller",
            sides.width,
            sides.height,
            MAX_PIXELS >> 20,
            MAX_FILE_BYTES >> 20
        ));
    }
    Ok(())
}

/// The pictures of an array of NumPy: their numbers, how many, and their sides.
///
/// # Errors
/// A sentence without the file's name, if it holds something else or they lie in it otherwise.
pub(super) fn pictures_of(header: &NpyHeader) -> Result<(Numbers, usize, Sides), String> {
    let shape = described(&header.shape);
    let descr = match header.descr.as_deref() {
        None => {
            return Err(
                "this is an array of records; pictures are plain numbers, say of .astype('uint8')".into()
            );
        }
        Some("|O" | "O") => {
            return Err(
                "this is an array of Python's objects, which only Python can read; make plain numbers of \
                        them, say by numpy.stack, and save these"
                    .into(),
            );
        }
        Some(descr) => descr,
    };
    let Some(numbers) = Numbers::of_descr(descr) else {
        let descr = descr.escape_debug();
        return Err(format!(
            "this is an array of '{descr}'; pictures are plain numbers, say of .astype('uint8')"
        ));
    };
    let Some((count, sides)) = Sides::of_shape(&header.shape) else {
        let remedy = match header.shape.as_slice() {
            [_, pixels] => format!(
                "; if its rows are pictures, say their sides, as by .reshape(-1, {0}, {0})",
                (*pixels as f64).sqrt().round()
            ),
            _ => String::new(),
        };
        return Err(format!("this array is {shape}, and pictures are {SHAPES}{remedy}"));
    };
    if header.is_fortran {
        return Err(
            "this array lies in Fortran's order, so that every picture is strewn over the file; save \
                    numpy.ascontiguousarray of it"
                .into(),
        );
    }
    check_size(count, &sides, numbers)?;
    Ok((numbers, count, sides))
}
