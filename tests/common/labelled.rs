//! Pictures with a table of what is to be seen on them.

use morphospace::export::write_png;

use super::pictures::{folder_of_pictures, picture};

/// A folder of pictures with a table that says something of most of them.
pub fn labelled_pictures(count: usize) -> tempfile::TempDir {
    let folder = folder_of_pictures(0);
    let mut table = "file,smile,glasses,age,yaw\n".to_owned();
    for k in 0..count {
        write_png(&picture(64, 64, k), &folder.path().join(format!("{k:03}.png"))).unwrap();
        if k % 7 != 0 {
            table += &format!("{k:03}.png,{},{},{},\n", k % 2, ["NoGlasses", "Sunglasses"][k % 2], 20 + k);
        }
    }
    std::fs::write(folder.path().join("attributes.csv"), table).unwrap();
    folder
}
