//! Content of files, by which they are known again wherever they lie and whatever they are called.

use std::io::{ErrorKind, Read};

use xxhash_rust::xxh3::Xxh3Default;

/// Bytes that are read at a time.
const PART: usize = 256 << 10;

/// Length and XXH3-64 of all that is read from here on.
///
/// # Errors
/// The system's.
pub fn length_and_hash(mut input: impl Read) -> std::io::Result<(u64, u64)> {
    let (mut hasher, mut length, mut part) = (Xxh3Default::new(), 0, vec![0; PART]);
    loop {
        match input.read(&mut part) {
            Ok(0) => return Ok((length, hasher.digest())),
            Ok(read) => {
                hasher.update(&part[..read]);
                length += read as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => (),
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_hashed_as_one() {
        let content: Vec<u8> = (0..PART + 77).map(|i| (i % 251) as u8).collect();
        let whole = xxhash_rust::xxh3::xxh3_64(&content);
        assert_eq!(length_and_hash(&content[..]).unwrap(), (content.len() as u64, whole));
        // In pieces that do not fill a part.
        let (first, second) = content.split_at(1000);
        assert_eq!(length_and_hash(first.chain(second)).unwrap(), (content.len() as u64, whole));
        assert_eq!(length_and_hash(&[][..]).unwrap(), (0, xxhash_rust::xxh3::xxh3_64(b"")));
    }
}
