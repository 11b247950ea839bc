//! Frames: messages as CBOR (RFC 8949), each after its length, packed by Deflate where that makes it smaller.
//!
//! A frame is its length in four bytes, little-endian and without themselves, a byte that says whether it is packed,
//! and the message. CBOR names every field, as the types of the protocol leave out what is not there.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// Bytes of the longest message, packed or not; a map of half a million points has a fifth of that.
pub const LONGEST: usize = 256 << 20;
/// Shorter messages are not packed.
const WORTH_PACKING: usize = 512;
/// A first part of a message; the rest is taken as it comes, so that a length alone claims no memory.
const FIRST_PART: usize = 1 << 20;

const PLAIN: u8 = 0;
const PACKED: u8 = 1;

/// The frame of a message.
///
/// # Errors
/// A message that is too long, or holds a path that is no text.
pub fn frame<T: Serialize>(message: &T) -> Result<Vec<u8>> {
    let body = cbor4ii::serde::to_vec(vec![0; 5], message)
        .map_err(|error| Error::Invalid(format!("this cannot be sent to another computer: {error}")))?;
    let mut frame = body;
    if frame.len() > WORTH_PACKING {
        let packed = packed(&frame[5..]);
        if packed.len() < frame.len() {
            frame = packed;
        }
    }
    let length = frame.len() - 4;
    if length > LONGEST {
        return Err(Error::Invalid(format!("{length} bytes are more than one message can have")));
    }
    frame[..4].copy_from_slice(&(length as u32).to_le_bytes());
    Ok(frame)
}

/// A frame, without its length yet, of these bytes packed.
fn packed(body: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(vec![0, 0, 0, 0, PACKED], Compression::fast());
    // A vector takes everything.
    let whole = encoder.write_all(body).and_then(|()| encoder.finish());
    whole.unwrap_or_else(|_| [&[0; 4], &[PLAIN][..], body].concat())
}

/// Reads one message; none at the end of the stream between two.
///
/// # Errors
/// A stream that fails or ends within a message, and bytes that are no message.
pub fn read<T: DeserializeOwned>(stream: &mut impl Read) -> Result<Option<T>> {
    let Some(body) = read_bytes(stream)? else { return Ok(None) };
    let (kind, body) = body.split_first().ok_or_else(|| damaged("an empty message"))?;
    let unpacked;
    let body = match *kind {
        PLAIN => body,
        PACKED => {
            let mut bytes = Vec::new();
            let mut decoder = DeflateDecoder::new(body).take(LONGEST as u64 + 1);
            decoder.read_to_end(&mut bytes).map_err(|error| damaged(&error.to_string()))?;
            if bytes.len() > LONGEST {
                return Err(damaged("a message that unpacks to more than it may"));
            }
            unpacked = bytes;
            &unpacked[..]
        }
        other => return Err(damaged(&format!("a message of the unknown kind {other}"))),
    };
    cbor4ii::serde::from_slice(body).map(Some).map_err(|error| damaged(&error.to_string()))
}

fn read_bytes(stream: &mut impl Read) -> Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    let mut have = 0;
    while have < length.len() {
        match stream.read(&mut length[have..]) {
            Ok(0) if have == 0 => return Ok(None),
            Ok(0) => return Err(damaged("it ends within a message")),
            Ok(n) => have += n,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => (),
            Err(error) => return Err(lost(&error)),
        }
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > LONGEST {
        return Err(damaged(&format!("a message of {length} bytes")));
    }
    let mut body = Vec::with_capacity(length.min(FIRST_PART));
    stream.take(length as u64).read_to_end(&mut body).map_err(|error| lost(&error))?;
    if body.len() < length {
        return Err(damaged("it ends within a message"));
    }
    Ok(Some(body))
}

fn lost(error: &std::io::Error) -> Error {
    Error::Invalid(format!("the connection is lost: {error}"))
}

fn damaged(what: &str) -> Error {
    Error::Invalid(format!("the connection carries what is no message ({what})"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image_buf::ImageBuf;
    use crate::worker::protocol::{Answer, Command, Event, ModelSource, Reply, Request, Slot};

    fn round<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(message: &T) -> usize {
        let bytes = frame(message).unwrap();
        let back: T = read(&mut &bytes[..]).unwrap().unwrap();
        assert_eq!(back, *message);
        bytes.len()
    }

    #[test]
    fn commands_and_events_come_through_as_they_were() {
        round(&Request { id: u64::MAX, command: Command::OpenModel(ModelSource::Shipped("vae".into())) });
        round(&Request { id: 7, command: Command::Shutdown });
        let noisy = (0..64 * 64 * 3).map(|i| (i * 7919 % 251) as u8).collect();
        let images = vec![ImageBuf::new(64, 64, noisy).unwrap(), ImageBuf::filled(3, 5, [9, 8, 7])];
        round(&Reply {
            to: Some(3),
            event: Event::Answered { slot: Slot::Explore, answer: Answer::Images(images) },
        });
        let odd = vec![0.1, -0.0, f32::MIN_POSITIVE, f32::INFINITY, f32::MAX];
        round(&Reply { to: None, event: Event::CodeRead(odd) });
    }

    #[test]
    fn a_config_comes_through_with_its_numbers_to_the_last_bit() {
        let mut config = crate::config::defaults();
        config.learning_rate = 0.1 + 0.2;
        round(&config);
    }

    #[test]
    fn what_repeats_is_packed() {
        let plain = ImageBuf::filled(256, 256, [1, 2, 3]);
        assert!(round(&plain) < 2_000, "three bytes a pixel would be 196,608");
        assert!(round(&vec![1.5_f32; 10_000]) < 1_000);
    }

    #[test]
    fn streams_that_end_or_lie_are_refused_and_claim_no_memory() {
        let whole = frame(&vec![1_u32, 2, 3]).unwrap();
        assert!(read::<Vec<u32>>(&mut &whole[..0]).unwrap().is_none());
        for length in 1..whole.len() {
            assert!(read::<Vec<u32>>(&mut &whole[..length]).is_err(), "{length} bytes of it");
        }
        for lie in [
            vec![255; 4],
            vec![0, 0, 0, 31, 0, 1, 2],
            vec![0, 0, 0, 0],
            vec![2, 0, 0, 0, 9, 1],
            vec![3, 0, 0, 0, 1, 255, 255],
            // An array that says it had 2⁶⁴ − 1 numbers.
            [&[10, 0, 0, 0, 0, 0x9b][..], &[255; 8]].concat(),
        ] {
            assert!(read::<Vec<u32>>(&mut &lie[..]).is_err(), "{lie:?}");
        }
    }

    #[test]
    fn a_small_frame_that_unpacks_to_more_than_a_message_may_have_is_refused() {
        let mut encoder = DeflateEncoder::new(vec![0, 0, 0, 0, PACKED], Compression::fast());
        let zeros = vec![0; 1 << 20];
        (0..=LONGEST >> 20).for_each(|_| encoder.write_all(&zeros).unwrap());
        let mut bytes = encoder.finish().unwrap();
        let length = (bytes.len() - 4) as u32;
        bytes[..4].copy_from_slice(&length.to_le_bytes());
        let error = read::<Vec<u32>>(&mut &bytes[..]).unwrap_err().to_string();
        assert!(error.contains("more than it may"), "{error}");
    }
}
