//! Maps as plots for files: a dot a point, coloured by a column.

use super::{AtlasColumn, AtlasMap, AtlasValues, Axis, Mark, Plot, Series, shown};

/// Classes of a column of numbers, with equal numbers of points.
const CLASSES: usize = 5;
/// Words that have a colour of their own, the most frequent ones.
const WORDS: usize = 8;

/// Points of a class, by their numbers.
pub struct PointClass {
    /// As in "smile 0.2 to 0.7", or "sun".
    pub name: String,
    /// The points.
    pub points: Vec<u32>,
}

/// Classes of a column: its words, or as many of its numbers each. Points of which nothing is known come last.
pub fn classes(column: &AtlasColumn) -> Vec<PointClass> {
    let mut classes: Vec<PointClass>;
    let mut unknown = Vec::new();
    match &column.values {
        AtlasValues::Numbers(values) => {
            let mut order: Vec<u32> = Vec::with_capacity(values.len());
            for (point, value) in values.iter().enumerate() {
                if value.is_finite() { order.push(point as u32) } else { unknown.push(point as u32) }
            }
            order.sort_by(|a, b| values[*a as usize].total_cmp(&values[*b as usize]));
            let each = order.len().div_ceil(CLASSES).max(1);
            let class = |points: &[u32]| {
                let ends = [points[0], points[points.len() - 1]].map(|point| shown(values[point as usize]));
                PointClass {
                    name: format!("{} {} to {}", column.name, ends[0], ends[1]),
                    points: points.to_vec(),
                }
            };
            classes = order.chunks(each).map(class).collect();
        }
        AtlasValues::Words { names, of } => {
            classes = names
                .iter()
                .take(WORDS)
                .map(|name| PointClass { name: name.clone(), points: Vec::new() })
                .collect();
            let mut others = Vec::new();
            for (point, of) in of.iter().enumerate() {
                match classes.get_mut(usize::from(*of)) {
                    Some(class) => class.points.push(point as u32),
                    None if *of == AtlasValues::UNKNOWN => unknown.push(point as u32),
                    None => others.push(point as u32),
                }
            }
            classes.push(PointClass { name: "other".into(), points: others });
        }
    }
    let name = if column.values.is_of_words() { "none of these" } else { "unknown" };
    classes.push(PointClass { name: name.into(), points: unknown });
    classes.retain(|class| !class.points.is_empty());
    classes
}

impl AtlasMap {
    /// The map as a plot; all points in one colour without a column.
    pub fn plot(&self, column: Option<&AtlasColumn>) -> Plot {
        let all = || PointClass { name: "images".into(), points: (0..self.points.len() as u32).collect() };
        let classes = column.map_or_else(|| vec![all()], classes);
        let series = classes.into_iter().map(|class| {
            let at = class.points.iter().map(|point| self.points[*point as usize].map(f64::from));
            Series::new(class.name, Mark::Points, at.collect())
        });
        let axis = |number: usize| match self.variance {
            Some(share) => {
                format!("component {} ({:.1} % of the variance)", number + 1, 100.0 * share[number])
            }
            None => format!("{} {}", self.method.label(), number + 1),
        };
        let by = column.map_or(String::new(), |column| format!(", by {}", column.name));
        Plot {
            title: format!("{} of {}{by}", self.method.label(), self.space),
            x: Axis::of(axis(0)),
            y: Axis::of(axis(1)),
            series: series.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: AtlasValues) -> AtlasColumn {
        AtlasColumn { name: "age".into(), about: String::new(), values }
    }

    #[test]
    fn every_point_is_in_one_class() {
        let values: Vec<f32> = (0..100).map(|k| if k == 7 { f32::NAN } else { (k % 50) as f32 }).collect();
        let found = classes(&column(AtlasValues::Numbers(values)));
        assert_eq!(found.len(), CLASSES + 1);
        assert_eq!((found[0].name.as_str(), found[5].name.as_str()), ("age 0 to 10", "unknown"));
        let mut all: Vec<u32> = found.iter().flat_map(|class| class.points.clone()).collect();
        all.sort_unstable();
        assert_eq!(all, (0..100).collect::<Vec<u32>>());

        let names: Vec<String> = (0..10).map(|k| format!("word {k}")).collect();
        let of = vec![0, 9, 1, AtlasValues::UNKNOWN, 0];
        let found = classes(&column(AtlasValues::Words { names, of }));
        let names: Vec<&str> = found.iter().map(|class| class.name.as_str()).collect();
        assert_eq!(names, ["word 0", "word 1", "other", "none of these"]);
        assert_eq!(found[0].points, [0, 4]);
    }
}
