//! Maps from the command line: files, numbers, what is refused.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/program.rs"]
mod program;
#[path = "common/settings.rs"]
mod settings;
#[path = "common/tiny.rs"]
mod tiny;

use std::fs;
use std::path::Path;

use morphospace::export::write_png;
use pictures::{folder_of_pictures, picture};
use program::{json, morphospace, text};
use serde_json::Value;
use tiny::tiny_run;

fn atlas(data: &Path, options: &[&str], out: &Path) -> Value {
    json(&[&["atlas", text(tiny_run()), "--data", text(data), "--out", text(out)], options].concat())
}

/// Rows of a CSV without quotes.
fn rows(file: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(file).unwrap();
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn a_map_names_every_image_and_is_the_same_each_time() {
    let (data, folder) = (folder_of_pictures(24), tempfile::tempdir().unwrap());
    fs::write(
        data.path().join("attributes.csv"),
        (0..24).fold("file,kind,size".to_owned(), |text, k| {
            text + &format!("\n{k:03}.png,{},{}", if k % 3 == 0 { "warm" } else { "cold" }, k)
        }),
    )
    .unwrap();
    for (method, slug) in [("pca", "pca"), ("umap:5", "umap"), ("tsne:4", "tsne")] {
        let file = |n: usize| folder.path().join(format!("{slug}{n}.csv"));
        let first = atlas(data.path(), &["--method", method, "--draws", "6"], &file(1));
        assert_eq!((&first["n"], &first["images"], &first["draws"]), (&30.into(), &24.into(), &6.into()));
        assert_eq!((&first["method"], &first["dim"]), (&slug.into(), &8.into()));
        for measure in ["trustworthiness", "continuity"] {
            let value = first[measure].as_f64().unwrap();
            assert!((0.0..=1.0).contains(&value), "{method} {measure} {value}");
        }
        assert!(first["copies"]["draws"].as_array().unwrap().len() == 6);
        let table = rows(&file(1));
        assert_eq!(&table[0][..4], ["name", "x", "y", "part"]);
        assert!(["kind", "size", "KL", "isolation"].iter().all(|name| table[0].contains(&(*name).into())));
        assert_eq!((table.len(), table[1][0].as_str(), table[30][0].as_str()), (31, "000.png", "draw 6"));
        let kind = table[0].iter().position(|name| name == "kind").unwrap();
        assert_eq!(
            (table[1][kind].as_str(), table[2][kind].as_str(), table[30][kind].as_str()),
            ("warm", "cold", "")
        );

        // The second time the layout comes out of the cache, or is found once more.
        atlas(data.path(), &["--method", method, "--draws", "6"], &file(2));
        assert!(fs::read(file(1)).unwrap() == fs::read(file(2)).unwrap(), "{method} differs");
        let other = folder.path().join("other.csv");
        atlas(data.path(), &["--method", method, "--draws", "6", "--seed", "1"], &other);
        assert!(
            fs::read(file(1)).unwrap() != fs::read(&other).unwrap(),
            "{method}: other draws lie elsewhere"
        );
    }
}

#[test]
fn a_picture_is_coloured_by_a_column_and_a_wrong_one_is_named() {
    let (data, folder) = (folder_of_pictures(12), tempfile::tempdir().unwrap());
    let png = folder.path().join("map.png");
    let found = atlas(data.path(), &["--method", "pca", "--errors", "--color", "RE"], &png);
    assert!(image::open(&png).unwrap().width() > 400);
    assert!(found["variance"].as_array().is_some_and(|axes| axes.len() == 2));
    let output = morphospace(&[
        "atlas",
        text(tiny_run()),
        "--data",
        text(data.path()),
        "--out",
        text(&png),
        "--method",
        "pca",
        "--color",
        "colour",
    ]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && stderr.contains("no column 'colour'"), "{stderr}");
}

#[test]
fn pixels_and_features_need_no_model() {
    let (data, folder) = (folder_of_pictures(14), tempfile::tempdir().unwrap());
    for (space, dim) in [("pixels", 64 * 64 * 3), ("embedded", 0)] {
        let file = folder.path().join(format!("{space}.csv"));
        let line = ["atlas", "--data", text(data.path()), "--space", space, "--method", "pca"];
        let found = json(&[&line[..], &["--out", text(&file)]].concat());
        assert_eq!(found["images"], 14);
        assert!(dim == 0 || found["dim"] == dim, "{found}");
    }
}

#[test]
fn doublets_in_different_parts_are_counted_and_a_stranger_is_found() {
    let (data, folder) = (folder_of_pictures(40), tempfile::tempdir().unwrap());
    let before = atlas(data.path(), &["--method", "pca"], &folder.path().join("before.csv"));
    // Every picture once more under another name: some of them fall into another part.
    for seed in 0..40 {
        write_png(&picture(40, 36, seed), &data.path().join(format!("again {seed}.png"))).unwrap();
    }
    let grey = morphospace::ImageBuf::filled(40, 36, [255, 0, 0]);
    write_png(&grey, &data.path().join("red.png")).unwrap();
    let found =
        atlas(data.path(), &["--method", "pca", "--space", "pixels"], &folder.path().join("after.csv"));
    let doublets = |found: &Value| found["doublets"].as_array().unwrap().len();
    assert!(doublets(&found) >= 40 && doublets(&before) < doublets(&found), "{found}");
    let across = found["doublets"].as_array().unwrap().iter().filter(|pair| pair["across"] == true).count();
    assert!(across > 0);
    assert_eq!(found["strangers"][0]["name"], "red.png");
}

#[test]
fn what_cannot_be_mapped_is_a_sentence() {
    let (data, folder) = (folder_of_pictures(5), tempfile::tempdir().unwrap());
    let csv = folder.path().join("map.csv");
    let (data, csv) = (text(data.path()), text(&csv));
    for (line, code, why) in [
        (&["atlas", "--data", data, "--space", "codes", "--out", csv][..], 1, "codes are those of a model"),
        (&["atlas", "dcgan-ffhq-64", "--data", data, "--out", csv], 1, "has no encoder"),
        (&["atlas", "--data", data, "--draws", "3", "--out", csv], 1, "nothing to draw from"),
        (&["atlas", "--data", data, "--out", "map.gif"], 2, ".png, .csv"),
        (&["atlas", "--data", data, "--method", "som", "--out", csv], 2, "umap"),
        (&["atlas", "--data", data, "--method", "umap:1", "--out", csv], 2, "neighbours"),
    ] {
        let output = morphospace(line);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{line:?}: {stderr}");
        assert!(stderr.contains(why), "{line:?}: {stderr}");
    }
}
