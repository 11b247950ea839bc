//! Facts about the program itself: its version, the commit and features it was built from, the licences of its parts.

pub mod licences;
pub mod version;
