//! Numbers as a table for people.

use crate::table::{Column, Table};
use crate::worker::protocol::{PixelMetrics, SetMetrics};

/// A line a pair, the names to the left, the texts beneath each other.
pub fn list(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    rows.iter().map(|(name, text)| format!("{name:<width$}  {text}")).collect::<Vec<_>>().join("\n")
}

/// Columns as wide as their widest cell; the first one to the left, the others to the right.
pub fn align(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| rows.iter().filter_map(|r| r.get(c)).map(|s| s.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(c, text)| match c {
            0 => format!("{text:<w$}", w = widths[c]),
            _ => format!("{text:>w$}", w = widths[c]),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A table of results.
pub fn of_results(table: &Table) -> String {
    let headings = table.columns.iter().map(Column::heading_with_arrow).collect();
    align(&std::iter::once(headings).chain(table.shown()).collect::<Vec<Vec<String>>>())
}

/// Headers for [`metric_cells`], with the better direction.
pub fn metric_headers() -> [String; 4] {
    ["RE ↓", "PSNR dB ↑", "SSIM ↑", "images"].map(str::to_owned)
}

/// A row's numbers.
pub fn metric_cells(metrics: &PixelMetrics) -> [String; 4] {
    let psnr = match metrics.psnr.is_finite() {
        true => format!("{:.2}", metrics.psnr),
        false => "infinite (identical)".to_owned(),
    };
    [format!("{:.5}", metrics.re), psnr, format!("{:.4}", metrics.ssim), metrics.n.to_string()]
}

/// Headers for [`set_cells`], with the better direction.
pub fn set_headers() -> [String; 9] {
    [
        "Fréchet distance ↓",
        "precision ↑",
        "recall ↑",
        "density ↑",
        "coverage ↑",
        "k",
        "real",
        "generated",
        "features",
    ]
    .map(str::to_owned)
}

/// A row's numbers.
pub fn set_cells(metrics: &SetMetrics) -> [String; 9] {
    let SetMetrics { fid, precision, recall, density, coverage, k, n_real, n_generated, features } = metrics;
    [
        format!("{fid:.3}"),
        format!("{precision:.4}"),
        format!("{recall:.4}"),
        format!("{density:.4}"),
        format!("{coverage:.4}"),
        k.to_string(),
        n_real.to_string(),
        n_generated.to_string(),
        features.clone(),
    ]
}
