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

#[cfg(test)]
mod tests {
    use super::*;

    /// From `tests/reference/data.py` (Python's xxhash 4.1.0).
    #[test]
    fn the_parts_are_those_of_the_reference() {
        assert_eq!(split_of("00000.jpg"), Split::Train);
        assert_eq!(split_of("00001.jpg"), Split::Validation);
        assert_eq!(split_of("00011.jpg"), Split::Test);
        assert_eq!(split_of(""), Split::Validation);
        let parts: Vec<Split> = (0..4000).map(|i| split_of(&format!("{i:05}.jpg"))).collect();
        let count = |part| parts.iter().filter(|&&p| p == part).count();
        assert_eq!(
            [Split::Train, Split::Validation, Split::Test, Split::All].map(count),
            [3603, 195, 202, 0]
        );
    }
}
