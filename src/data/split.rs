//! Which part of the data an image belongs to.

use xxhash_rust::xxh3::xxh3_64;

use crate::config::Split;

/// The part for the image called `name`, its path within the data folder with forward slashes:
/// 90 % [`Split::Train`], 5 % [`Split::Validation`], 5 % [`Split::Test`]; never [`Split::All`].
///
/// It is the name's XXH3 (64 bit, seed 0) modulo 20: 18 is validation, 19 is test, the rest train.
/// So an image stays in its part when others come or go, on every machine, for every model. The
/// shares hold on average; in a folder of a few dozen images a part may be empty.
pub fn split_of(name: &str) -> Split {
    match xxh3_64(name.as_bytes()) % 20 {
        18 => Split::Validation,
        19 => Split::Test,
        _ => Split::Train,
    }
}
