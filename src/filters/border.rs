//! Pixels beyond the border of a picture: the three ways in which SciPy, NumPy and scikit-image continue one.

/// Channels of a picture.
pub const CHANNELS: usize = 3;

/// A continuation of a row of pixels beyond its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Border {
    /// a a a | a b c d | d d d: `nearest` in SciPy.
    Nearest,
    /// c b a | a b c d | d c b: `reflect` in SciPy, `symmetric` in NumPy.
    Reflect,
    /// d c b | a b c d | c b a: `mirror` in SciPy, `reflect` in NumPy.
    Mirror,
}

impl Border {
    /// The pixel that stands at place `at` of a row of `length`, which is not 0; it may lie any distance outside.
    pub fn place(self, at: isize, length: usize) -> usize {
        let last = length as isize - 1;
        let place = match self {
            Border::Nearest => at.clamp(0, last),
            Border::Reflect => {
                let within = at.rem_euclid(2 * last + 2);
                within.min(2 * last + 1 - within)
            }
            Border::Mirror if last == 0 => 0,
            Border::Mirror => {
                let within = at.rem_euclid(2 * last);
                within.min(2 * last - within)
            }
        };
        place as usize
    }

    /// The places of a row with `margin` more at each end.
    pub fn places(self, length: usize, margin: usize) -> Vec<usize> {
        (-(margin as isize)..(length + margin) as isize).map(|at| self.place(at, length)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_on_as_in_scipy_and_numpy() {
        for (border, row) in [
            (Border::Nearest, [0, 0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2, 2]),
            (Border::Reflect, [1, 2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1]),
            (Border::Mirror, [1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1]),
        ] {
            assert_eq!(border.places(3, 5), row, "{border:?}");
            assert_eq!(border.places(1, 2), [0; 5], "{border:?}");
        }
    }
}
