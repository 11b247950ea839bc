//! Protocol Buffers as far as writing a message needs them. <https://protobuf.dev/programming-guides/encoding/>

use std::io::Write;

/// A message that is being put together. Numbers of tensors stay where they are until it is written.
#[derive(Default)]
pub struct Message {
    parts: Vec<Part>,
    length: usize,
}

enum Part {
    Bytes(Vec<u8>),
    /// Little-endian, four bytes each.
    Floats(Vec<f32>),
}

/// Ways in which the value of a field lies in the bytes.
#[derive(Clone, Copy)]
enum Wire {
    Varint = 0,
    Bytes = 2,
    Fixed32 = 5,
}

impl Message {
    /// Adds an integer, a truth value or a member of an enumeration.
    #[must_use]
    pub fn integer(mut self, field: u32, value: i64) -> Self {
        // Negative ones are written in two's complement.
        let bytes = [key(field, Wire::Varint), varint(value as u64)].concat();
        self.push(Part::Bytes(bytes));
        self
    }

    /// Adds integers one by one, as proto2 does where nothing else is said.
    #[must_use]
    pub fn integers(self, field: u32, values: impl IntoIterator<Item = i64>) -> Self {
        values.into_iter().fold(self, |message, value| message.integer(field, value))
    }

    /// Adds a float.
    #[must_use]
    pub fn float(mut self, field: u32, value: f32) -> Self {
        let bytes = [&key(field, Wire::Fixed32)[..], &value.to_le_bytes()].concat();
        self.push(Part::Bytes(bytes));
        self
    }

    /// Adds a text.
    #[must_use]
    pub fn text(self, field: u32, text: &str) -> Self {
        self.bytes(field, text.as_bytes())
    }

    /// Adds texts one by one.
    #[must_use]
    pub fn texts<'a>(self, field: u32, texts: impl IntoIterator<Item = &'a str>) -> Self {
        texts.into_iter().fold(self, |message, text| message.text(field, text))
    }

    /// Adds bytes.
    #[must_use]
    pub fn bytes(mut self, field: u32, bytes: &[u8]) -> Self {
        self.begin(field, bytes.len());
        self.push(Part::Bytes(bytes.to_vec()));
        self
    }

    /// Adds floats as bytes.
    #[must_use]
    pub fn floats_as_bytes(mut self, field: u32, floats: Vec<f32>) -> Self {
        let part = Part::Floats(floats);
        self.begin(field, part.len());
        self.push(part);
        self
    }

    /// Adds a message.
    #[must_use]
    pub fn message(mut self, field: u32, message: Message) -> Self {
        self.begin(field, message.len());
        self.length += message.length;
        self.parts.extend(message.parts);
        self
    }

    /// Adds messages one by one.
    #[must_use]
    pub fn messages(self, field: u32, messages: impl IntoIterator<Item = Message>) -> Self {
        messages.into_iter().fold(self, |all, message| all.message(field, message))
    }

    /// Bytes that it has.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Writes it.
    pub fn write(&self, out: &mut dyn Write) -> std::io::Result<()> {
        self.parts.iter().try_for_each(|part| match part {
            Part::Bytes(bytes) => out.write_all(bytes),
            Part::Floats(floats) => floats.iter().try_for_each(|value| out.write_all(&value.to_le_bytes())),
        })
    }

    fn begin(&mut self, field: u32, length: usize) {
        let bytes = [key(field, Wire::Bytes), varint(length as u64)].concat();
        self.push(Part::Bytes(bytes));
    }

    fn push(&mut self, part: Part) {
        self.length += part.len();
        self.parts.push(part);
    }
}

impl Part {
    fn len(&self) -> usize {
        match self {
            Part::Bytes(bytes) => bytes.len(),
            Part::Floats(floats) => 4 * floats.len(),
        }
    }
}

fn key(field: u32, wire: Wire) -> Vec<u8> {
    varint((u64::from(field) << 3) | wire as u64)
}

/// Seven bits a byte, the lowest first; the highest bit of a byte says that more follow.
fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_the_bytes_of_the_specification() {
        let written = |message: Message| {
            let mut bytes = Vec::new();
            message.write(&mut bytes).unwrap();
            assert_eq!(bytes.len(), message.len());
            bytes
        };
        // The examples of the encoding guide: 150, "testing", and a message with the first in it.
        assert_eq!(written(Message::default().integer(1, 150)), [0x08, 0x96, 0x01]);
        assert_eq!(written(Message::default().text(2, "testing")), b"\x12\x07testing");
        let inner = Message::default().integer(1, 150);
        assert_eq!(written(Message::default().message(3, inner)), [0x1a, 0x03, 0x08, 0x96, 0x01]);
        let minus_two = [&[0x08, 0xfe][..], &[0xff; 8], &[0x01]].concat();
        assert_eq!(written(Message::default().integer(1, -2)), minus_two);
        assert_eq!(written(Message::default().float(2, 1.0)), [0x15, 0, 0, 0x80, 0x3f]);
        let floats = written(Message::default().floats_as_bytes(16, vec![1.0, -2.0]));
        assert_eq!(floats, [0x82, 0x01, 8, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
    }
}
