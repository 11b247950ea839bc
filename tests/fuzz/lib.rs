//! The fuzz targets' common part.

#[path = "../common/counting.rs"]
mod counting;
mod entries;

use counting::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Libraries may fail with a panic where the program catches it: what it does not catch ends the target, and nothing
/// else does. `FUZZ_PANICS` in the environment shows all of them.
pub fn begin() {
    if std::env::var_os("FUZZ_PANICS").is_none() {
        std::panic::set_hook(Box::new(|_| ()));
    } else {
        drop(std::panic::take_hook());
    }
}

/// Goes the way of this name.
pub fn go(name: &str, bytes: &[u8]) {
    let entry = entries::named(name).expect("there is such a way");
    counting::begin(entry.most);
    (entry.go)(bytes);
}
