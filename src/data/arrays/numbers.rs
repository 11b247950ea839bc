//! Numbers of an array as they lie in a file, and which of them are black and white.

/// Width and meaning of the numbers of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Numbers {
    kind: Kind,
    /// Bytes of one: 1, 2, 4 or 8.
    pub size: usize,
    is_big_endian: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bool,
    Unsigned,
    Signed,
    Float,
}

/// Part of the span between black and white that rounding may have led beyond either.
const ROUNDING: f64 = 1e-3;

impl Numbers {
    /// Bytes from 0 to 255.
    pub const BYTES: Numbers = Numbers { kind: Kind::Unsigned, size: 1, is_big_endian: false };

    /// Numbers by NumPy's name for them, as in `<f4`; none for what are no plain numbers.
    pub fn of_descr(descr: &str) -> Option<Self> {
        let (order, kind) = match descr.split_at_checked(1)? {
            (order @ ("<" | ">" | "|" | "="), kind) => (order, kind),
            _ => ("|", descr),
        };
        let (kind, size) = kind.split_at_checked(1)?;
        let size = size.parse().ok()?;
        let kind = match (kind, size) {
            ("b" | "?", 1) => Kind::Bool,
            ("u", 1 | 2 | 4 | 8) => Kind::Unsigned,
            ("i", 1 | 2 | 4 | 8) => Kind::Signed,
            ("f", 2 | 4 | 8) => Kind::Float,
            _ => return None,
        };
        Some(Numbers { kind, size, is_big_endian: order == ">" && size > 1 })
    }

    /// Numbers by the third byte of an IDX file.
    pub fn of_idx(code: u8) -> Option<Self> {
        let (kind, size) = match code {
            0x08 => return Some(Numbers::BYTES),
            0x09 => (Kind::Signed, 1),
            0x0B => (Kind::Signed, 2),
            0x0C => (Kind::Signed, 4),
            0x0D => (Kind::Float, 4),
            0x0E => (Kind::Float, 8),
            _ => return None,
        };
        Some(Numbers { kind, size, is_big_endian: true })
    }

    /// Whether they can number classes.
    pub fn are_whole(self) -> bool {
        self.kind != Kind::Float
    }

    /// Meaning of numbers that say it by their kind; none where their range has to.
    pub fn scale(self) -> Option<Scale> {
        match self.kind {
            Kind::Bool => Some(Scale { black: 0.0, white: 1.0 }),
            Kind::Unsigned if self.size == 1 => Some(Scale { black: 0.0, white: 255.0 }),
            _ => None,
        }
    }

    /// The numbers in some bytes, one after another.
    pub fn values(self, bytes: &[u8]) -> impl Iterator<Item = f64> {
        bytes.chunks_exact(self.size).map(move |bytes| self.value(bytes))
    }

    /// The number in its bytes.
    fn value(self, bytes: &[u8]) -> f64 {
        let mut wide = [0; 8];
        for (place, byte) in wide.iter_mut().zip(bytes) {
            *place = *byte;
        }
        if self.is_big_endian {
            wide[..self.size].reverse();
        }
        let unsigned = u64::from_le_bytes(wide);
        let signed = || {
            let unused = 64 - 8 * self.size as u32;
            ((unsigned << unused) as i64) >> unused
        };
        match (self.kind, self.size) {
            (Kind::Bool, _) => f64::from(u8::from(unsigned != 0)),
            (Kind::Unsigned, _) => unsigned as f64,
            (Kind::Signed, _) => signed() as f64,
            (Kind::Float, 2) => half(unsigned as u16),
            (Kind::Float, 4) => f32::from_bits(unsigned as u32).into(),
            (Kind::Float, _) => f64::from_bits(unsigned),
        }
    }
}

/// A number of half precision (IEEE 754 binary16).
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    }
}

/// The numbers that are black and white.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    pub black: f64,
    pub white: f64,
}

impl Scale {
    /// The scale of numbers that reach from `least` to `most`: of [0, 1], [−1, 1] and [0, 255], and of whole numbers
    /// also [0, 65535], the first that all of them lie in.
    pub fn of_range(least: f64, most: f64, are_whole: bool) -> Option<Self> {
        let scales = [(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0), (0.0, 65535.0)];
        let scales = scales.map(|(black, white)| Scale { black, white });
        let possible = if are_whole { &scales[..] } else { &scales[..3] };
        let holds = |scale: &Scale| match are_whole {
            true => scale.black <= least && most <= scale.white,
            false => scale.holds(least) && scale.holds(most),
        };
        possible.iter().copied().find(holds)
    }

    /// Whether a number is between black and white, or as near to that as rounding would lead.
    pub fn holds(self, value: f64) -> bool {
        let room = ROUNDING * (self.white - self.black);
        (self.black - room..=self.white + room).contains(&value)
    }

    /// A number as one of 0 to 255.
    pub fn byte(self, value: f64) -> u8 {
        (255.0 * (value - self.black) / (self.white - self.black)).round().clamp(0.0, 255.0) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_either_order_of_bytes() {
        let read = |descr: &str, bytes: &[u8]| Numbers::of_descr(descr).unwrap().values(bytes).next();
        for (descr, bytes, value) in [
            ("|u1", &[200][..], 200.0),
            ("|b1", &[1], 1.0),
            ("|i1", &[0xFF], -1.0),
            ("<u2", &[0x34, 0x12], 4660.0),
            (">u2", &[0x12, 0x34], 4660.0),
            (">i4", &[0xFF, 0xFF, 0xFF, 0xFE], -2.0),
            ("<i8", &(-5i64).to_le_bytes(), -5.0),
            ("<f4", &0.25f32.to_le_bytes(), 0.25),
            (">f4", &0.25f32.to_be_bytes(), 0.25),
            (">f8", &(-1.5f64).to_be_bytes(), -1.5),
            ("<f2", &[0x00, 0x3C], 1.0),
            ("<f2", &[0x55, 0x35], 0.333_251_953_125),
            ("<f2", &[0x01, 0x80], -(2f64.powi(-24))),
        ] {
            assert_eq!(read(descr, bytes), Some(value), "{descr}");
        }
        assert!(read("<f2", &[0x00, 0x7E]).unwrap().is_nan());
        for descr in ["|O", "<c8", "<U4", "|S1", "<f16", "<M8[ns]", "", "é", "<"] {
            assert_eq!(Numbers::of_descr(descr), None, "{descr}");
        }
    }

    #[test]
    fn the_range_says_what_is_black_and_white() {
        let scale = |least, most, whole| Scale::of_range(least, most, whole).map(|s| (s.black, s.white));
        assert_eq!(scale(0.0, 1.000_000_2, false), Some((0.0, 1.0)));
        assert_eq!(scale(-1.0, 0.9, false), Some((-1.0, 1.0)));
        assert_eq!(scale(0.0, 254.5, false), Some((0.0, 255.0)));
        assert_eq!((scale(0.0, 4000.0, true), scale(0.0, 4000.0, false)), (Some((0.0, 65535.0)), None));
        assert_eq!((scale(-2.1, 2.6, false), scale(-3.0, 100.0, true)), (None, None));
        let middle = Scale { black: -1.0, white: 1.0 };
        assert_eq!([-1.0, 0.0, 1.0, 1.001].map(|value| middle.byte(value)), [0, 128, 255, 255]);
        let bytes = Numbers::BYTES.scale().unwrap();
        assert!((0..=255).all(|value| bytes.byte(f64::from(value)) == value));
    }
}
