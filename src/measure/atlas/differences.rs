//! Differences between some points of a map and the rest, and words for them.

use crate::report::direction_names as names;
use crate::report::{
    AtlasCluster, AtlasColumn, AtlasValues, CLUSTER_COLUMN, ColumnDifference, PART_COLUMN, shown,
};

/// Differences of a column's standard deviation from which one names a cluster.
const NAMED: f64 = 0.7;
/// Differences in a name.
const MOST_IN_A_NAME: usize = 2;
/// Fewest known values on both sides for a difference to be said.
const FEWEST: usize = 3;

/// Count, sum and sum of squares.
#[derive(Clone, Copy, Default)]
struct Moments(f64, f64, f64);

impl Moments {
    fn add(&mut self, value: f64) {
        *self = Moments(self.0 + 1.0, self.1 + value, self.2 + value * value);
    }

    fn mean(self) -> f64 {
        self.1 / self.0
    }
}

/// Differences in all columns that say something of the images, the largest first. `inside` says of each point whether
/// it is one of them.
pub fn differences(columns: &[AtlasColumn], inside: &[bool]) -> Vec<ColumnDifference> {
    let mut found = Vec::new();
    for column in columns.iter().filter(|column| column.name != CLUSTER_COLUMN) {
        match &column.values {
            AtlasValues::Numbers(values) => {
                let known = values.iter().map(|value| value.is_finite().then(|| f64::from(*value)));
                found.extend(difference(column.name.clone(), false, known, inside));
            }
            AtlasValues::Words { names, of } => {
                for (at, name) in names.iter().enumerate() {
                    let known = of.iter().map(|of| {
                        (*of != AtlasValues::UNKNOWN).then(|| f64::from(u8::from(usize::from(*of) == at)))
                    });
                    found.extend(difference(format!("{}: {name}", column.name), true, known, inside));
                }
            }
        }
    }
    found.sort_by(|a, b| b.effect.abs().total_cmp(&a.effect.abs()));
    found
}

fn difference(
    name: String,
    is_share: bool,
    values: impl Iterator<Item = Option<f64>>,
    inside: &[bool],
) -> Option<ColumnDifference> {
    let mut sides = [Moments::default(); 2];
    for (value, inside) in values.zip(inside) {
        value.into_iter().for_each(|value| sides[usize::from(!inside)].add(value));
    }
    let [of_inside, of_outside] = sides;
    if of_inside.0 < FEWEST as f64 || of_outside.0 < FEWEST as f64 {
        return None;
    }
    let n = of_inside.0 + of_outside.0;
    let mean = (of_inside.1 + of_outside.1) / n;
    let variance = (of_inside.2 + of_outside.2) / n - mean * mean;
    let (inside, outside) = (of_inside.mean(), of_outside.mean());
    (variance > 1e-12).then(|| ColumnDifference {
        name,
        is_share,
        inside,
        outside,
        effect: (inside - outside) / variance.sqrt(),
    })
}

/// Names clusters by what sets their members apart; by their number where nothing does. `members` says of each point
/// its cluster.
pub fn name_clusters(clusters: &mut [AtlasCluster], columns: &[AtlasColumn], members: &[Option<u8>]) {
    let own: Vec<AtlasColumn> = columns
        .iter()
        .filter(|column| {
            column.about.is_empty() && !names::NUISANCES.contains(&column.name.as_str())
                || column.name == PART_COLUMN
        })
        .cloned()
        .collect();
    for number in 0..clusters.len() {
        let inside: Vec<bool> = members.iter().map(|of| *of == Some(number as u8)).collect();
        let mut words: Vec<String> = Vec::new();
        // A word for what they are says more than one for what they are not.
        let all = differences(&own, &inside);
        let all = all.iter().filter(|difference| difference.effect.abs() >= NAMED);
        let (are, are_not): (Vec<_>, Vec<_>) = all.partition(|d| !d.is_share || d.effect > 0.0);
        for difference in are.into_iter().chain(are_not) {
            let word = word_of(difference, &own);
            if words.len() < MOST_IN_A_NAME && !words.contains(&word) {
                words.push(word);
            }
        }
        let label = words.join(", ");
        let before = clusters[..number].iter().filter(|other| other.label.starts_with(&label)).count();
        clusters[number].label = match (label.is_empty(), before) {
            (true, _) => format!("cluster {}", number + 1),
            (false, 0) => label,
            (false, before) => format!("{label} {}", before + 1),
        };
    }
}

/// Words for a difference, as in "glasses", "no smile", "age 8".
pub fn word_of(difference: &ColumnDifference, columns: &[AtlasColumn]) -> String {
    if difference.is_share {
        let (column, category) = difference.name.split_once(": ").unwrap_or((&difference.name, ""));
        let word = match (column == PART_COLUMN, names::is_nothing(column, category)) {
            (true, _) => category.to_owned(),
            (false, true) if difference.effect > 0.0 => return format!("no {}", names::of_column(column)),
            (false, true) => return names::of_column(column),
            (false, false) => names::of_category(column, category),
        };
        return if difference.effect > 0.0 { word } else { format!("not {word}") };
    }
    let name = names::of_column(&difference.name);
    let column = columns.iter().find(|column| column.name == difference.name);
    match (column.is_some_and(is_presence), difference.effect > 0.0) {
        (true, true) => name,
        (true, false) => format!("no {name}"),
        (false, _) => format!("{name} {}", shown(two_digits(difference.inside)).replace('-', "−")),
    }
}

/// Whether a column says how sure it is that there is something: its numbers lie between 0 and 1.
pub fn is_presence(column: &AtlasColumn) -> bool {
    let AtlasValues::Numbers(values) = &column.values else { return false };
    values.iter().all(|value| value.is_nan() || (0.0..=1.0).contains(value))
}

fn two_digits(value: f64) -> f32 {
    if value == 0.0 {
        return 0.0;
    }
    let unit = 10f64.powf(value.abs().log10().floor() - 1.0);
    ((value / unit).round() * unit) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(name: &str, values: &[f32]) -> AtlasColumn {
        AtlasColumn { name: name.into(), about: String::new(), values: AtlasValues::Numbers(values.to_vec()) }
    }

    #[test]
    fn the_largest_difference_comes_first_and_names_the_cluster() {
        let columns = [
            numbers("age", &[8.0, 9.0, 7.0, 40.0, 50.0, 45.0]),
            numbers("smile", &[0.9, 0.1, 0.9, 0.9, 0.2, 0.8]),
            AtlasColumn {
                name: "glasses".into(),
                about: String::new(),
                values: AtlasValues::Words {
                    names: vec!["none".into(), "sun".into()],
                    of: vec![0, 0, 0, 1, 1, AtlasValues::UNKNOWN],
                },
            },
            numbers("constant", &[1.0; 6]),
        ];
        let inside = [true, true, true, false, false, false];
        let found = differences(&columns, &inside);
        assert_eq!(found[0].name, "age");
        assert!((found[0].inside, found[0].outside) == (8.0, 45.0) && found[0].effect < -1.5, "{found:?}");
        assert!(found.iter().all(|d| !d.name.starts_with("glasses")), "known of two of the rest: too few");
        assert!(found.iter().all(|d| d.name != "constant"));

        let cluster = |at: [f32; 2]| AtlasCluster { label: String::new(), n: 3, at };
        let mut clusters = [cluster([0.0, 0.0]), cluster([1.0, 0.0])];
        let members = [Some(0), Some(0), Some(0), Some(1), Some(1), Some(1)];
        name_clusters(&mut clusters, &columns, &members);
        assert_eq!((clusters[0].label.as_str(), clusters[1].label.as_str()), ("age 8", "age 45"));
        name_clusters(&mut clusters, &columns[3..], &members);
        assert_eq!(clusters[1].label, "cluster 2", "nothing sets it apart");
    }

    #[test]
    fn words_say_yes_and_no() {
        let of = |name: &str, is_share, effect| ColumnDifference {
            name: name.into(),
            is_share,
            inside: 0.123,
            outside: 0.9,
            effect,
        };
        let columns = [numbers("smile", &[0.2, 0.9]), numbers("pose_yaw", &[-30.0, 12.0])];
        assert_eq!(word_of(&of("smile", false, 1.0), &columns), "smile");
        assert_eq!(word_of(&of("smile", false, -1.0), &columns), "no smile");
        assert_eq!(word_of(&of("glasses: none", true, -1.0), &columns), "glasses");
        assert_eq!(word_of(&of("glasses: none", true, 1.0), &columns), "no glasses");
        assert_eq!(word_of(&of("part: draw", true, 1.0), &columns), "draw");
        assert!(word_of(&of("pose_yaw", false, 1.0), &columns).ends_with(" 0.12"));
    }
}
