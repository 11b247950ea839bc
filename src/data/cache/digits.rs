//! Many numbers as one text of hexadecimal digits, which is read several times as fast as a list of them.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

/// Digits of a number.
const DIGITS: usize = 16;

pub(super) fn serialize<S: Serializer>(numbers: &[u64], serializer: S) -> Result<S::Ok, S::Error> {
    let mut text = String::with_capacity(numbers.len() * DIGITS);
    numbers.iter().for_each(|number| text.push_str(&format!("{number:016x}")));
    serializer.serialize_str(&text)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let (numbers, rest) = text.as_bytes().as_chunks::<DIGITS>();
    let number = |digits: &[u8; DIGITS]| {
        let number = std::str::from_utf8(digits).ok().and_then(|digits| u64::from_str_radix(digits, 16).ok());
        number.ok_or_else(|| D::Error::custom("these are no hexadecimal digits"))
    };
    match rest.is_empty() {
        true => numbers.iter().map(number).collect(),
        false => Err(D::Error::custom("a number is not whole")),
    }
}
