//! Tables as Markdown, CSV and LaTeX.

use super::{Cell, Column, Table, TableFormat};

/// The text of a file with these tables.
///
/// * Markdown: a heading, the table and its notes as a list, one table after another.
/// * CSV: one table, whatever their number: the columns of all, those of equal heading being one, before them
///   the title of each row's table where there are several. Numbers have all their digits; no notes.
/// * LaTeX: a `table` each, for `\usepackage{booktabs}`.
pub fn render(tables: &[Table], format: TableFormat) -> String {
    match format {
        TableFormat::Markdown => tables.iter().map(markdown).collect::<Vec<_>>().join("\n"),
        TableFormat::Csv => csv(tables),
        TableFormat::Latex => {
            let tables = tables.iter().map(latex).collect::<Vec<_>>().join("\n");
            format!("% \\usepackage{{booktabs}}\n{tables}")
        }
    }
}

fn markdown(table: &Table) -> String {
    let headings = table.columns.iter().map(|column| escape_markdown(&column.heading_with_arrow())).collect();
    let cells = table.shown().into_iter();
    let rows: Vec<Vec<String>> = std::iter::once(headings)
        .chain(cells.map(|row| row.iter().map(|cell| escape_markdown(cell)).collect()))
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0).max(3);
    let widths: Vec<usize> = (0..table.columns.len()).map(width).collect();
    let line = |row: &[String]| {
        let cells = row.iter().zip(&table.columns).zip(&widths);
        let padded = cells.map(|((cell, column), &width)| match column.is_numeric {
            true => format!(" {cell:>width$} |"),
            false => format!(" {cell:<width$} |"),
        });
        format!("|{}\n", padded.collect::<String>())
    };
    let rule = |(column, width): (&Column, &usize)| match column.is_numeric {
        true => format!(" {}: |", "-".repeat(width - 1)),
        false => format!(" {} |", "-".repeat(*width)),
    };
    let mut text = format!("## {}\n\n", escape_markdown(&table.title));
    text += &line(&rows[0]);
    text += &format!("|{}\n", table.columns.iter().zip(&widths).map(rule).collect::<String>());
    text.extend(rows[1..].iter().map(|row| line(row)));
    if !table.notes.is_empty() {
        text.push('\n');
        text.extend(table.notes.iter().map(|note| format!("* {}\n", escape_markdown(note))));
    }
    text
}

fn escape_markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '|' | '`' | '*' | '_' | '<' | '[' => escaped.extend(['\\', c]),
            '\n' | '\r' => escaped.push(' '),
            _ => escaped.push(c),
        }
    }
    escaped
}

fn csv(tables: &[Table]) -> String {
    let mut headings: Vec<String> = Vec::new();
    for heading in tables.iter().flat_map(|table| &table.columns).map(Column::heading) {
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    let line = |title: &str, cells: Vec<String>| {
        let title = (tables.len() > 1).then(|| title.to_owned());
        let fields: Vec<String> = title.into_iter().chain(cells).map(|field| csv_field(&field)).collect();
        fields.join(",") + "\n"
    };
    let mut text = line("table", headings.clone());
    for table in tables {
        let place = |heading: &String| table.columns.iter().position(|column| column.heading() == *heading);
        let places: Vec<Option<usize>> = headings.iter().map(place).collect();
        for row in 0..table.rows.len() {
            let cell = |place: &Option<usize>| match place.map_or(&Cell::Empty, |at| table.cell(row, at)) {
                Cell::Empty => String::new(),
                Cell::Text(text) => text.clone(),
                Cell::Number(number) => number.to_string(),
                Cell::Infinite => "inf".into(),
            };
            text += &line(&table.title, places.iter().map(cell).collect());
        }
    }
    text
}

/// A field of a line of CSV, in quotes where it needs them.
pub fn csv_field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.into()
    }
}

fn latex(table: &Table) -> String {
    let line = |cells: Vec<String>| format!("    {} \\\\\n", cells.join(" & "));
    let alignment: String = table.columns.iter().map(|c| if c.is_numeric { 'r' } else { 'l' }).collect();
    let headings = table.columns.iter().map(|column| escape_latex(&column.heading_with_arrow())).collect();
    let mut text =
        format!("\\begin{{table}}\n  \\centering\n  \\caption{{{}}}\n", escape_latex(&table.title));
    text += &format!("  \\begin{{tabular}}{{{alignment}}}\n    \\toprule\n");
    text += &line(headings);
    text += "    \\midrule\n";
    text.extend(table.shown().iter().map(|row| line(row.iter().map(|cell| escape_latex(cell)).collect())));
    text += "    \\bottomrule\n  \\end{tabular}\n";
    for note in &table.notes {
        text += &format!("\n  {{\\footnotesize {}\\par}}\n", escape_latex(note));
    }
    text + "\\end{table}\n"
}

fn escape_latex(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => escaped.extend(['\\', c]),
            '\\' => escaped += "\\textbackslash{}",
            '~' => escaped += "\\textasciitilde{}",
            '^' => escaped += "\\textasciicircum{}",
            '\n' | '\r' => escaped.push(' '),
            '–' => escaped += "--",
            '…' => escaped += "\\dots{}",
            '↑' => escaped += "$\\uparrow$",
            '↓' => escaped += "$\\downarrow$",
            '∞' => escaped += "$\\infty$",
            '×' => escaped += "$\\times$",
            '·' => escaped += "$\\cdot$",
            '−' => escaped += "$-$",
            'σ' => escaped += "$\\sigma$",
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Better;

    fn first() -> Table {
        Table {
            title: "Reconstruction & more".into(),
            columns: vec![
                Column::text("Model"),
                Column::measure("PSNR", "dB", Better::Up, 2),
                Column::measure("RE", "", Better::Down, 4),
                Column::count("Images"),
            ],
            rows: vec![
                vec!["AE".into(), 24.836.into(), 0.003_612_5.into(), 202usize.into()],
                vec!["my_run, \"2\" | 50 %".into(), f64::INFINITY.into(), f64::NAN.into()],
            ],
            notes: vec!["64×64 pixels, 100 % of them\nat *once*.".into()],
        }
    }

    #[test]
    fn markdown_is_aligned_and_escaped() {
        let text = render(
            &[first(), Table { title: "Other".into(), notes: vec![], ..first() }],
            TableFormat::Markdown,
        );
        let table = "\
| Model                | PSNR (dB) ↑ |   RE ↓ | Images |
| -------------------- | ----------: | -----: | -----: |
| AE                   |       24.84 | 0.0036 |    202 |
| my\\_run, \"2\" \\| 50 % |           ∞ |      – |      – |
";
        let notes = "\n* 64×64 pixels, 100 % of them at \\*once\\*.\n";
        assert_eq!(text, format!("## Reconstruction & more\n\n{table}{notes}\n## Other\n\n{table}"));
    }

    #[test]
    fn csv_has_all_digits_and_several_tables_share_their_columns() {
        let alone =
            "Model,PSNR (dB),RE,Images\nAE,24.836,0.0036125,202\n\"my_run, \"\"2\"\" | 50 %\",inf,,\n";
        assert_eq!(render(&[first()], TableFormat::Csv), alone);
        let other = Table {
            title: "Draws".into(),
            columns: vec![Column::text("Model"), Column::measure("Recall", "", Better::Up, 3)],
            rows: vec![vec!["VAE".into(), 0.25.into()]],
            notes: Vec::new(),
        };
        assert_eq!(
            render(&[first(), other], TableFormat::Csv),
            "table,Model,PSNR (dB),RE,Images,Recall\n\
             Reconstruction & more,AE,24.836,0.0036125,202,\n\
             Reconstruction & more,\"my_run, \"\"2\"\" | 50 %\",inf,,,\n\
             Draws,VAE,,,,0.25\n"
        );
    }

    #[test]
    fn latex_is_a_booktabs_table_and_escaped() {
        assert_eq!(
            render(&[first()], TableFormat::Latex),
            r#"% \usepackage{booktabs}
\begin{table}
  \centering
  \caption{Reconstruction \& more}
  \begin{tabular}{lrrr}
    \toprule
    Model & PSNR (dB) $\uparrow$ & RE $\downarrow$ & Images \\
    \midrule
    AE & 24.84 & 0.0036 & 202 \\
    my\_run, "2" | 50 \% & $\infty$ & -- & -- \\
    \bottomrule
  \end{tabular}

  {\footnotesize 64$\times$64 pixels, 100 \% of them at *once*.\par}
\end{table}
"#
        );
        assert_eq!(
            escape_latex("a\\b{c}~^#$"),
            "a\\textbackslash{}b\\{c\\}\\textasciitilde{}\\textasciicircum{}\\#\\$"
        );
    }

    #[test]
    fn a_file_says_its_format_by_its_ending() {
        let of = |name: &str| TableFormat::of(std::path::Path::new(name));
        for format in TableFormat::ALL {
            assert_eq!(of(&format!("a.b.{}", format.ending().to_uppercase())), Some(format));
        }
        assert_eq!((of("tables"), of("tables.txt")), (None, None));
    }
}
