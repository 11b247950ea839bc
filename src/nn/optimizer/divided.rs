//! Work on matrices that every rank has, divided over the ranks.

use candle_core::{DType, Result, Tensor};

use crate::ranks::here;

/// The result of `work` on each matrix, of the matrix's shape. Each is computed by one rank, and is on all the same.
pub fn over_ranks(matrices: &[&Tensor], work: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Vec<Tensor>> {
    let ranks = here();
    if ranks.is_alone() {
        return matrices.iter().map(|matrix| work(matrix)).collect();
    }
    let costs = matrices.iter().map(|matrix| Ok(cost(matrix.dims2()?))).collect::<Result<Vec<_>>>()?;
    let workers = divide(&costs, ranks.size());
    let mut own = Vec::new();
    for (matrix, _) in matrices.iter().zip(&workers).filter(|(_, worker)| **worker == ranks.rank()) {
        own.extend(work(matrix)?.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?);
    }
    let all = ranks.gather(own);
    let mut from = vec![0; ranks.size()];
    let mut result = Vec::with_capacity(matrices.len());
    for (matrix, worker) in matrices.iter().zip(workers) {
        let values = all[worker][from[worker]..][..matrix.elem_count()].to_vec();
        from[worker] += values.len();
        result.push(Tensor::from_vec(values, matrix.shape(), matrix.device())?.to_dtype(matrix.dtype())?);
    }
    Ok(result)
}

/// About proportional to the multiplications of polynomials of a matrix times its transpose.
fn cost((rows, cols): (usize, usize)) -> usize {
    let (short, long) = (rows.min(cols), rows.max(cols));
    short * short * (2 * long + 14 * short)
}

/// The rank for each of some tasks: the dearest first, each to the rank that has least to do.
fn divide(costs: &[usize], ranks: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..costs.len()).collect();
    order.sort_by_key(|task| std::cmp::Reverse(costs[*task]));
    let (mut loads, mut workers) = (vec![0usize; ranks], vec![0; costs.len()]);
    for task in order {
        let least = (0..ranks).min_by_key(|rank| loads[*rank]).unwrap_or(0);
        loads[least] += costs[task];
        workers[task] = least;
    }
    workers
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::ranks::threads::on_threads;

    #[test]
    fn each_task_has_one_worker_and_loads_are_even() {
        let workers = divide(&[7, 1, 5, 3, 4], 2);
        assert_eq!(workers, [0, 1, 1, 0, 1]);
        assert_eq!(divide(&[2], 3), [0]);
    }

    #[test]
    fn every_rank_has_all_results() {
        let matrices: Vec<Tensor> = [(2, 3), (5, 4), (1, 7)]
            .iter()
            .map(|&(rows, cols)| {
                Tensor::arange(0f32, (rows * cols) as f32, &Device::Cpu)
                    .unwrap()
                    .reshape((rows, cols))
                    .unwrap()
            })
            .collect();
        let found = on_threads(3, |ranks| {
            ranks.together(|| {
                let all = over_ranks(&matrices.iter().collect::<Vec<_>>(), |matrix| matrix * 2.0).unwrap();
                all.iter().map(|t| t.to_vec2::<f32>().unwrap()).collect::<Vec<_>>()
            })
        });
        let expected: Vec<_> =
            matrices.iter().map(|t| (t * 2.0).unwrap().to_vec2::<f32>().unwrap()).collect();
        assert!(found.iter().all(|all| *all == expected));
    }
}
