//! The columns of a table of attributes as a regression takes them.

use std::path::Path;

use crate::config::DataSource;
use crate::data::attributes::Attributes;
use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::faces::{Factors, factors, set};
use crate::metrics::disentanglement::Factor;
use crate::report::direction_names as names;

/// Fewest faces that have an attribute, and that do not, for anything to be learned of it.
pub const FEWEST: usize = 8;
/// Most categories of a column; with more it is no column of categories but of names.
const MOST_CATEGORIES: usize = 40;
/// Part of the numbers of a column that lie near 0 or 1 where it is a probability of yes.
const DECIDED: f64 = 0.5;
/// Numbers this near to 0 or 1 are decided.
const NEAR: f64 = 0.1;
/// Factors of the built-in faces that are no amounts: turns of a circle, and the seed of details.
const NO_AMOUNTS: &[&str] = &["clothes_hue", "background_hue", "detail"];

/// Attributes of some faces.
pub struct AttributeTable {
    /// Everything that a direction can be made of.
    pub attributes: Vec<Attribute>,
    /// Columns of the joint regression, in units of their own: amounts over their standard deviation, yes or no as 1 and
    /// 0, and of categories a column for each but the most frequent.
    pub design: Vec<Vec<Option<f64>>>,
    /// Columns and categories that nothing can be made of, with the reason for each.
    pub left_out: Vec<String>,
}

/// Something of a face that can be told.
pub struct Attribute {
    /// As in "smile".
    pub name: String,
    /// Name of its column.
    pub column: String,
    /// Whether it is yes or no; else an amount.
    pub is_presence: bool,
    /// Whether it says of its column what the others of that column say more closely: the column itself.
    pub is_primary: bool,
    /// Of each face: 1 or 0, or the amount in standard deviations.
    pub values: Vec<Option<f64>>,
    /// Meaning in the joint regression: columns of the design with their weights.
    pub mixture: Vec<(usize, f64)>,
}

/// Choice of the columns that directions are made of.
pub struct Wanted<'a> {
    /// These columns; all but nuisances if there are none.
    pub only: &'a [String],
    /// Whether to lead from each category to each other as well.
    pub pairs: bool,
}

/// A column as text, a cell a face.
pub struct RawColumn {
    /// Its head.
    pub name: String,
    /// None where nothing is said.
    pub cells: Vec<Option<String>>,
    /// Whether numbers in it are names of classes and no amounts.
    pub are_classes: bool,
}

impl AttributeTable {
    /// Reads what is said of the faces `indices` of a data set: by the table, by the one that lies by the data,
    /// or by the true factors of the built-in faces. Spreads and shares are those of the first `train` faces.
    ///
    /// # Errors
    /// A table that cannot be read or says nothing of these faces; a wanted column that it has not.
    pub fn of_dataset(
        dataset: &Dataset,
        (data, table): (&DataSource, Option<&Path>),
        (indices, train): (&[usize], usize),
        wanted: &Wanted<'_>,
    ) -> Result<Self> {
        let columns = raw_columns(dataset, data, table, indices)?;
        if let Some(word) = wanted.only.iter().find(|w| !columns.iter().any(|c| names::means(w, &c.name))) {
            let all: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            return Err(Error::Invalid(format!(
                "the table has no column '{word}'; it has {}",
                crate::text::closest_first(word, all).join(", ")
            )));
        }
        let mut table = Self { attributes: Vec::new(), design: Vec::new(), left_out: Vec::new() };
        for column in &columns {
            let is_wanted = match wanted.only {
                [] => !names::NUISANCES.contains(&column.name.as_str()),
                only => only.iter().any(|word| names::means(word, &column.name)),
            };
            let before = table.attributes.len();
            if let Err(reason) = table.take(column, train, wanted.pairs) {
                table.left_out.push(format!("{}: {reason}", column.name));
            }
            if !is_wanted {
                table.attributes.truncate(before);
            }
        }
        Ok(table)
    }

    /// Adds a column. Errors: why it cannot be used.
    fn take(&mut self, column: &RawColumn, train: usize, pairs: bool) -> Result<(), String> {
        let known = column.cells[..train].iter().flatten().count();
        if known < 2 * FEWEST {
            return Err(format!("it is known of {known} faces to fit to"));
        }
        let number = |cell: &String| cell.parse().ok().filter(|value: &f64| value.is_finite());
        let numbers: Vec<Option<f64>> = column.cells.iter().map(|c| c.as_ref().and_then(number)).collect();
        // Among numbers a word says that nothing is known.
        if column.are_classes || 2 * numbers.iter().flatten().count() < column.cells.iter().flatten().count()
        {
            return self.take_categories(column, train, pairs);
        }
        let of_train: Vec<f64> = numbers[..train].iter().flatten().copied().collect();
        let name = names::of_column(&column.name);
        let (values, is_presence) = if is_probability(&of_train) {
            let yes = |value: f64| f64::from(u8::from(value > 0.5));
            let values: Vec<Option<f64>> = numbers.iter().map(|value| value.map(yes)).collect();
            check_both(&values[..train])?;
            (values, true)
        } else {
            let mean = of_train.iter().sum::<f64>() / of_train.len() as f64;
            let variance = of_train.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / of_train.len() as f64;
            if variance <= 0.0 {
                return Err("it does not vary".into());
            }
            let standard = |value: f64| (value - mean) / variance.sqrt();
            (numbers.iter().map(|value| value.map(standard)).collect(), false)
        };
        let mixture = vec![(self.design.len(), 1.0)];
        self.design.push(values.clone());
        let column = column.name.clone();
        self.attributes.push(Attribute { name, column, is_presence, is_primary: true, values, mixture });
        Ok(())
    }

    /// Of each category the step from the others to it; of a category that is nothing, the step away from it.
    fn take_categories(&mut self, column: &RawColumn, train: usize, pairs: bool) -> Result<(), String> {
        let counts = counted(&column.cells[..train]);
        if counts.len() > MOST_CATEGORIES {
            return Err(format!("it has {} different words", counts.len()));
        }
        let (kept, rare): (Vec<_>, Vec<_>) = counts.into_iter().partition(|(_, count)| *count >= FEWEST);
        for (category, count) in rare {
            self.left_out.push(format!("{}: only {count} faces are '{category}'", column.name));
        }
        if kept.len() < 2 {
            return Err("all faces are of one category".into());
        }
        let all: usize = kept.iter().map(|(_, count)| count).sum();
        let category_of = |cell: &Option<String>| {
            cell.as_ref().and_then(|cell| kept.iter().position(|(category, _)| category == cell))
        };
        let places: Vec<Option<usize>> = column.cells.iter().map(category_of).collect();
        let is = |category: usize| -> Vec<Option<f64>> {
            places.iter().map(|place| place.map(|place| f64::from(u8::from(place == category)))).collect()
        };
        // The most frequent one, the first, is what the others are compared with.
        let first = self.design.len();
        (1..kept.len()).for_each(|category| self.design.push(is(category)));
        let own = |category: usize| (category > 0).then(|| (first + category - 1, 1.0));
        let against_rest = |category: usize, sign: f64| -> Vec<(usize, f64)> {
            let rest = (all - kept[category].1) as f64;
            let others = (1..kept.len()).filter(|other| *other != category);
            let others = others.map(|other| (first + other - 1, -(kept[other].1 as f64) / rest));
            own(category).into_iter().chain(others).map(|(at, weight)| (at, sign * weight)).collect()
        };
        let nothing = kept.iter().position(|(category, _)| names::is_nothing(&column.name, category));
        let mut add = |name: String, is_primary: bool, values: Vec<Option<f64>>, mixture| {
            let column = column.name.clone();
            self.attributes.push(Attribute { name, column, is_presence: true, is_primary, values, mixture });
        };
        if let Some(nothing) = nothing {
            let some = is(nothing).into_iter().map(|value| value.map(|value| 1.0 - value)).collect();
            add(names::of_column(&column.name), true, some, against_rest(nothing, -1.0));
        }
        let mut others: Vec<usize> = (0..kept.len()).filter(|category| Some(*category) != nothing).collect();
        match (nothing, others.len()) {
            // One that nearly all of them are says the same once more.
            (Some(nothing), _) => {
                let most = (all - kept[nothing].1) / 2;
                others.retain(|category| kept[*category].1 <= most);
            }
            // One of two is not the other.
            (None, 2) => others.retain(|category| *category == 1),
            _ => (),
        }
        for &category in &others {
            let name = names::of_category(&column.name, &kept[category].0);
            add(name, nothing.is_none(), is(category), against_rest(category, 1.0));
        }
        if pairs {
            for a in 0..kept.len() {
                for b in a + 1..kept.len() {
                    let name = [a, b].map(|at| names::of_category(&column.name, &kept[at].0)).join(" to ");
                    let value = |place: &Option<usize>| match *place {
                        Some(place) if place == b => Some(1.0),
                        Some(place) if place == a => Some(0.0),
                        _ => None,
                    };
                    let step = own(b).into_iter().chain(own(a).map(|(at, weight)| (at, -weight)));
                    add(name, false, places.iter().map(value).collect(), step.collect());
                }
            }
        }
        Ok(())
    }
}

/// Whether numbers are probabilities of yes: all in [0, 1], and most of them decided.
fn is_probability(values: &[f64]) -> bool {
    let decided = values.iter().filter(|v| **v <= NEAR || **v >= 1.0 - NEAR).count();
    values.iter().all(|value| (0.0..=1.0).contains(value)) && decided as f64 >= DECIDED * values.len() as f64
}

/// Refuses an attribute that too few have, or lack.
pub fn check_both(values: &[Option<f64>]) -> Result<(), String> {
    let yes = values.iter().flatten().filter(|value| **value > 0.5).count();
    let no = values.iter().flatten().count() - yes;
    match yes.min(no) >= FEWEST {
        true => Ok(()),
        false => Err(format!("{yes} faces have it and {no} do not; it needs {FEWEST} of both")),
    }
}

/// Each word and how often it is there, the most frequent first, those that are as frequent by their letters.
fn counted(cells: &[Option<String>]) -> Vec<(String, usize)> {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for cell in cells.iter().flatten() {
        *counts.entry(cell).or_default() += 1;
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().map(|(word, n)| (word.to_owned(), n)).collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// The columns of a table about the images `indices` of a data set: of the file, of the table that [lies by the
/// data](Attributes::of_data), or the true factors of the built-in faces.
///
/// # Errors
/// A table that cannot be read or says nothing of these images.
pub fn raw_columns(
    dataset: &Dataset,
    data: &DataSource,
    table: Option<&Path>,
    indices: &[usize],
) -> Result<Vec<RawColumn>> {
    let attributes = match (table, data) {
        (None, DataSource::BuiltinFaces) => return Ok(true_factors(indices)),
        (Some(table), _) => Attributes::of_file(table)?,
        (None, DataSource::Folder(folder) | DataSource::AlignedFolder(folder)) => Attributes::of_data(folder)
            .map_err(|error| {
                Error::Invalid(format!("{error}; a table by another name is given by --table FILE.csv"))
            })?,
    };
    let cell = |index: usize, column: &str| {
        let name = dataset.name(index);
        let file = name.rsplit('/').next().unwrap_or(name);
        attributes.text(name, column).or_else(|| attributes.text(file, column)).map(str::to_owned)
    };
    let column = |name: &String| RawColumn {
        name: name.clone(),
        cells: indices.iter().map(|&index| cell(index, name)).collect(),
        are_classes: attributes.are_classes(),
    };
    let columns: Vec<RawColumn> = attributes.columns().iter().map(column).collect();
    if columns.iter().all(|column| column.cells.iter().all(Option::is_none)) {
        let name = indices.first().map_or("", |&index| dataset.name(index));
        return Err(Error::Invalid(format!(
            "the table says nothing of these images; its first column names files, as in {name}"
        )));
    }
    Ok(columns)
}

fn true_factors(indices: &[usize]) -> Vec<RawColumn> {
    let cells: Vec<Vec<String>> =
        indices.iter().map(|&index| Factors::draw(set::SEED, index as u64).cells()).collect();
    let columns = factors::names().enumerate().filter(|(_, name)| !NO_AMOUNTS.contains(name));
    let column = |(at, name): (usize, &str)| RawColumn {
        name: name.to_owned(),
        cells: cells.iter().map(|row| row.get(at).cloned()).collect(),
        are_classes: false,
    };
    columns.map(column).collect()
}

/// The true factors of built-in faces, for measures of disentanglement.
pub fn factors_of(indices: &[usize]) -> Vec<Factor> {
    let factor = |column: RawColumn| {
        let cells: Vec<String> = column.cells.into_iter().flatten().collect();
        match cells.iter().map(|cell| cell.parse().ok()).collect::<Option<Vec<f64>>>() {
            Some(amounts) => Factor::Amount(amounts),
            None => {
                let mut words: Vec<&String> = cells.iter().collect();
                words.sort();
                words.dedup();
                Factor::Category(
                    cells.iter().map(|cell| words.partition_point(|word| *word < cell)).collect(),
                )
            }
        }
    };
    true_factors(indices).into_iter().map(factor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image_buf::ImageBuf;

    const FACES: usize = 60;

    /// Reads a table in which `cell` says the columns of each face; the last ten faces are held out.
    fn table(
        head: &str,
        cell: impl Fn(usize) -> String,
        only: &[&str],
        pairs: bool,
    ) -> Result<AttributeTable> {
        let names: Vec<String> = (0..FACES).map(|k| format!("people/{k}.png")).collect();
        let dataset = Dataset::from_images(names, &vec![ImageBuf::filled(8, 8, [9; 3]); FACES], 8)?;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("said.csv");
        let lines = (0..FACES).map(|k| format!("\n{k}.png,{}", cell(k)));
        std::fs::write(&file, format!("file,{head}{}", lines.collect::<String>())).unwrap();
        let (data, indices) = (DataSource::Folder(folder.path().into()), (0..FACES).collect::<Vec<_>>());
        let only: Vec<String> = only.iter().map(|word| (*word).to_owned()).collect();
        let wanted = Wanted { only: &only, pairs };
        AttributeTable::of_dataset(&dataset, (&data, Some(&file)), (&indices, FACES - 10), &wanted)
    }

    fn names(table: &AttributeTable) -> Vec<&str> {
        table.attributes.iter().map(|attribute| attribute.name.as_str()).collect()
    }

    #[test]
    fn numbers_are_amounts_or_probabilities_and_words_are_categories() {
        let kinds = ["NoGlasses", "ReadingGlasses", "NoGlasses", "Sunglasses", "NoGlasses"];
        let cell = |k: usize| {
            let smile = [0.01, 0.97][k % 2];
            let yaw = if k == 3 { "x".into() } else { (k as f32).to_string() };
            format!(
                "{smile},{},{yaw},{},7,{},0.{}",
                kinds[k % 5],
                if k < 3 { "1" } else { "" },
                k % 30,
                k % 9 + 1
            )
        };
        let found = table("smile,glasses,yaw,hat,same,blur,exposure", cell, &[], false).unwrap();
        assert_eq!(
            names(&found),
            ["smile", "glasses", "reading glasses", "sunglasses", "turn head", "light"]
        );
        assert_eq!(found.left_out, ["hat: it is known of 3 faces to fit to", "same: it does not vary"]);
        // Of three categories two columns; blur is held all the same.
        assert_eq!(found.design.len(), 1 + 2 + 1 + 1 + 1);
        let [smile, glasses, reading, _, turn, _] = &found.attributes[..] else { panic!("six") };
        assert!(smile.is_presence && !turn.is_presence && glasses.is_primary && !reading.is_primary);
        assert_eq!((smile.values[0], smile.values[1], turn.values[3]), (Some(0.0), Some(1.0), None));
        let squares: f64 = turn.values[..50].iter().flatten().map(|v| v * v).sum();
        assert!((squares / 49.0 - 1.0).abs() < 1e-9, "in standard deviations");
        assert_eq!(
            (glasses.values[0], glasses.values[1], reading.values[3]),
            (Some(0.0), Some(1.0), Some(0.0))
        );
        // Away from nothing: half of those with glasses are of either kind.
        assert_eq!(glasses.mixture, [(1, 0.5), (2, 0.5)]);
        // From the others to it: of these 30 in 40 have none, 10 have sunglasses.
        assert_eq!(reading.mixture, [(1, 1.0), (2, -0.25)]);
    }

    #[test]
    fn columns_are_chosen_by_either_name_and_categories_lead_to_each_other() {
        let cell = |k: usize| format!("{},{}", ["a", "b", "c"][k % 3], k);
        let found = table("hair_style,blur", cell, &["hair style"], true).unwrap();
        let expected = ["a", "b", "c"].map(|style| format!("{style} hair style"));
        let pairs = [[0, 1], [0, 2], [1, 2]].map(|[a, b]| format!("{} to {}", expected[a], expected[b]));
        assert_eq!(names(&found), [&expected[..], &pairs[..]].concat());
        let step = &found.attributes[5];
        assert_eq!((step.mixture.clone(), step.values[0]), (vec![(1, 1.0), (0, -1.0)], None));
        assert_eq!((step.values[1], step.values[2]), (Some(0.0), Some(1.0)));
        assert_eq!(names(&table("hair_style,blur", cell, &["blur"], false).unwrap()), ["blur"]);
        let unknown = table("hair_style,blur", cell, &["blurr"], false).err().unwrap().to_string();
        assert!(unknown.contains("no column 'blurr'; it has blur, hair_style"), "{unknown}");
        // One of two is not the other, and yes is not the opposite of no.
        let two = |k: usize| format!("{},{}", ["man", "woman"][k % 2], ["no", "yes"][k % 2]);
        assert_eq!(names(&table("sex,hat", two, &[], false).unwrap()), ["woman sex", "hat"]);
    }

    #[test]
    fn what_says_nothing_is_refused() {
        let names = table("x", |_| String::new(), &[], false).err().unwrap().to_string();
        assert!(names.contains("says nothing of these images") && names.contains("people/0.png"), "{names}");
        let rare = table("x", |k| if k < 5 { "1".into() } else { "0".into() }, &[], false).unwrap();
        assert_eq!(rare.left_out, ["x: 5 faces have it and 45 do not; it needs 8 of both"]);
        let words = table("x", |k| format!("name {k}"), &[], false).unwrap();
        assert_eq!(words.left_out, ["x: it has 50 different words"]);
    }

    #[test]
    fn built_in_faces_have_their_factors() {
        let columns = true_factors(&[0, 5]);
        assert!(columns.iter().all(|column| column.cells.len() == 2 && !NO_AMOUNTS.contains(&&*column.name)));
        let factors = factors_of(&[0, 1, 2, 3]);
        assert_eq!(factors.len(), columns.len());
        assert!(factors.iter().any(|factor| matches!(factor, Factor::Category(_))));
    }
}
