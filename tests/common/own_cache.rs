//! A cache of data sets for the tests, away from that of whoever runs them.

use std::path::Path;
use std::sync::Once;

/// Makes this process, and those that it starts, keep its cache in the folder for temporary files of
/// cargo's tests, unless the environment says otherwise.
pub fn own_cache() {
    static SET: Once = Once::new();
    SET.call_once(|| {
        if std::env::var_os("MORPHOSPACE_CACHE_DIR").is_none() {
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
            // SAFETY: Rust's own readers of the environment take turns with this; C code that reads it
            // at the same time would be at risk, and the tests start none that does.
            unsafe { std::env::set_var("MORPHOSPACE_CACHE_DIR", folder) };
        }
    });
}
