//! Knowledge about the points of a map: its columns and its clusters.

use super::columns::{measured, of_table, part};
use super::differences::name_clusters;
use super::gathered::Numbers;
use super::landmarks::landmarks;
use super::order::AtlasOrder;
use super::subject::Subject;
use crate::error::Result;
use crate::layout::clusters;
use crate::observer::Observer;
use crate::report::{AtlasCluster, AtlasColumn, AtlasLabel, AtlasValues, CLUSTER_COLUMN};

/// Columns and clusters of a map.
pub struct Known {
    /// The part of the data comes first, then clusters and what was measured, then the columns of a table.
    pub columns: Vec<AtlasColumn>,
    /// The largest first; none where all points are one.
    pub clusters: Vec<AtlasCluster>,
    /// Names of clusters and of places.
    pub labels: Vec<AtlasLabel>,
}

impl Known {
    /// Gathers what is known of points.
    ///
    /// # Errors
    /// A table that cannot be read; images that cannot be reconstructed; [`Cancelled`](crate::Error::Cancelled).
    pub fn gather(
        order: &AtlasOrder,
        subject: &Subject,
        numbers: &Numbers,
        (points, isolation): (&[[f32; 2]], &[f32]),
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        let Subject { dataset, indices, .. } = subject;
        let total = points.len();
        let mut columns = vec![part(dataset, indices, total - indices.len())];
        let table = order.table.as_deref();
        let mut said = of_table(dataset, &order.data, table, indices, total)?;
        let clusters = found_clusters(points, &mut columns, &said);
        // Of two names at one place the first is shown: what is said of many goes before what is said of few.
        let named = clusters.iter().map(|cluster| AtlasLabel {
            text: cluster.label.clone(),
            column: CLUSTER_COLUMN.into(),
            at: cluster.at,
            weight: 10.0 + cluster.n as f32 / total as f32,
        });
        let labels = named.chain(landmarks(points, &said)).collect();
        if let (true, Some(named)) = (order.errors, subject.encoder()) {
            let about = "Mean squared error of the reconstruction, per pixel and channel.";
            columns.push(measured("RE", about, named.errors(&subject.images(), observer)?, total));
        }
        if let Some(kl) = &numbers.kl {
            let about = "KL of the posterior of the image to the prior, in nats: how much the code says.";
            columns.push(measured("KL", about, kl.clone(), total));
        }
        let about = "Mean distance to the five nearest images, over the median of that: far above 1 it is a stranger.";
        columns.push(measured("isolation", about, isolation.to_vec(), total));
        columns.append(&mut said);
        Ok(Self { columns, clusters, labels })
    }
}

/// Clusters of the points, named by what their members share; where there are several they become a column, else
/// there is none.
fn found_clusters(
    points: &[[f32; 2]],
    columns: &mut Vec<AtlasColumn>,
    said: &[AtlasColumn],
) -> Vec<AtlasCluster> {
    let found = clusters::find(points);
    let cluster = |cluster: &clusters::Cluster| AtlasCluster {
        label: String::new(),
        n: cluster.size,
        at: cluster.peak,
    };
    let mut named: Vec<AtlasCluster> = found.clusters.iter().map(cluster).collect();
    if named.len() < 2 {
        return Vec::new();
    }
    name_clusters(&mut named, &[columns, said].concat(), &found.of);
    columns.push(AtlasColumn {
        name: CLUSTER_COLUMN.into(),
        about: "Points that lie close together on the map, named by what their members share.".into(),
        values: AtlasValues::Words {
            names: named.iter().map(|cluster| cluster.label.clone()).collect(),
            of: found.of.iter().map(|of| of.map_or(AtlasValues::UNKNOWN, u16::from)).collect(),
        },
    });
    named
}
