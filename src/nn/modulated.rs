//! The layers of a network that is told something at each block: adaptive layer normalisation (Peebles & Xie 2023,
//! <https://arxiv.org/abs/2212.09748>) and SiLU, each one operation in f32 on the CPU, and candle's elsewhere.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, CustomOp3, D, Layout, Result, Shape, Tensor, bail};

use super::dispatch::is_fast;
use super::gradients::hand_over;
use super::kernels::modulated;
use super::ops::{floats, with_floats};

/// Each row with the mean 0 and the variance 1 (Ba et al. 2016), times `1 + gain`, plus `shift`.
///
/// * `x`: (n, width)
/// * `modulation`: (n, 3 · width), shift, gain, gate; without a gradient also (1, 3 · width), for all rows
pub fn modulated_norm(x: &Tensor, modulation: &Tensor) -> Result<Tensor> {
    check(x, modulation)?;
    if is_fast(&[x, modulation]) {
        return x.contiguous()?.apply_op2(&modulation.contiguous()?, ModulatedNorm);
    }
    let width = x.dim(1)?;
    let part = |index| modulation.narrow(1, index * width, width);
    normal(x)?.broadcast_mul(&(part(1)? + 1.0)?)?.broadcast_add(&part(0)?)
}

/// `stream + update · gate`; shapes as for [`modulated_norm`].
pub fn add_gated(stream: &Tensor, update: &Tensor, modulation: &Tensor) -> Result<Tensor> {
    check(update, modulation)?;
    if is_fast(&[stream, update, modulation]) {
        let (update, modulation) = (update.contiguous()?, modulation.contiguous()?);
        return stream.contiguous()?.apply_op3(&update, &modulation, AddGated);
    }
    let width = update.dim(1)?;
    stream + update.broadcast_mul(&modulation.narrow(1, 2 * width, width)?)?
}

/// `v · σ(v)` (Elfwing et al. 2018).
pub fn silu(x: &Tensor) -> Result<Tensor> {
    if is_fast(&[x]) { x.contiguous()?.apply_op1(Silu) } else { x.silu() }
}

fn normal(x: &Tensor) -> Result<Tensor> {
    let centred = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
    let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
    centred.broadcast_div(&(variance + f64::from(modulated::EPSILON))?.sqrt()?)
}

fn check(x: &Tensor, modulation: &Tensor) -> Result<()> {
    let ((n, width), (rows, parts)) = (x.dims2()?, modulation.dims2()?);
    if parts != 3 * width || (rows != n && rows != 1) {
        bail!("a modulation of {rows} × {parts} does not fit {n} rows of {width}");
    }
    Ok(())
}

/// Errors: a modulation for all rows, which has no gradient here.
fn check_rows(x: &Tensor, modulation: &Tensor) -> Result<usize> {
    let (n, width) = x.dims2()?;
    if modulation.track_op() && modulation.dim(0)? != n {
        bail!("a modulation that is learned has a row for each of its {n}");
    }
    Ok(width)
}

struct ModulatedNorm;

impl CustomOp2 for ModulatedNorm {
    fn name(&self) -> &'static str {
        "modulated norm"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (_, width) = l1.shape().dims2()?;
        let y = modulated::modulate(floats(s1, l1)?, floats(s2, l2)?, width);
        Ok((CpuStorage::F32(y), l1.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        modulation: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (width, grad) = (check_rows(x, modulation)?, grad.contiguous()?);
        let (dx, dm) = with_floats([x, modulation, &grad], |[x, modulation, grad]| {
            Ok(modulated::modulate_backward(x, modulation, grad, width))
        })?;
        let dm = modulation.track_op().then_some(dm);
        Ok((hand_over(Some(dx), x)?, hand_over(dm, modulation)?))
    }
}

struct AddGated;

impl CustomOp3 for AddGated {
    fn name(&self) -> &'static str {
        "gated sum"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (_, width) = l1.shape().dims2()?;
        let y = modulated::add_gated(floats(s1, l1)?, floats(s2, l2)?, floats(s3, l3)?, width);
        Ok((CpuStorage::F32(y), l1.shape().clone()))
    }

    fn bwd(
        &self,
        _: &Tensor,
        update: &Tensor,
        modulation: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (width, grad) = (check_rows(update, modulation)?, grad.contiguous()?);
        let (du, dm) = with_floats([update, modulation, &grad], |[update, modulation, grad]| {
            Ok(modulated::add_gated_backward(update, modulation, grad, width))
        })?;
        let dm = modulation.track_op().then_some(dm);
        Ok((Some(grad), hand_over(Some(du), update)?, hand_over(dm, modulation)?))
    }
}

struct Silu;

impl CustomOp1 for Silu {
    fn name(&self) -> &'static str {
        "silu"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((CpuStorage::F32(modulated::silu(floats(storage, layout)?)), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let grad = grad.contiguous()?;
        let dx = with_floats([x, &grad], |[x, grad]| Ok(modulated::silu_backward(x, grad)))?;
        hand_over(Some(dx), x)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device, Var};

    use super::*;
    use crate::nn::backward;
    use crate::random::standard_normal;

    fn var(rows: usize, columns: usize, seed: u64) -> Var {
        let values = standard_normal(seed, 0, rows * columns);
        Var::from_vec(values, (rows, columns), &Device::Cpu).unwrap()
    }

    #[track_caller]
    fn near(a: &Tensor, b: &Tensor) {
        let b = b.to_dtype(DType::F32).unwrap();
        let off = (a - b).unwrap().abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
        assert!(off < 2e-5, "off by {off}");
    }

    /// The three layers in a row, on f32 by our operations or on f64 by candle's.
    fn block(x: &Tensor, update: &Tensor, modulation: &Tensor) -> Tensor {
        let units = silu(&modulated_norm(x, modulation).unwrap()).unwrap();
        add_gated(x, &(units * update).unwrap(), modulation).unwrap()
    }

    #[test]
    fn they_are_candles_operations_and_so_are_their_gradients() {
        for (rows, width) in [(1, 5), (37, 24), (3, 512)] {
            let vars = [var(rows, width, 1), var(rows, width, 2), var(rows, 3 * width, 3)];
            let wide: Vec<Var> = (vars.iter())
                .map(|var| Var::from_tensor(&var.as_detached_tensor().to_dtype(DType::F64).unwrap()).unwrap())
                .collect();
            let weights = var(rows, width, 4).as_detached_tensor();
            let ours = block(&vars[0], &vars[1], &vars[2]);
            let theirs = block(&wide[0], &wide[1], &wide[2]);
            near(&ours, &theirs);
            let grads = backward(&(&ours * &weights).unwrap().sum_all().unwrap()).unwrap();
            let weights = weights.to_dtype(DType::F64).unwrap();
            let expected = (theirs * weights).unwrap().sum_all().unwrap().backward().unwrap();
            for (ours, theirs) in vars.iter().zip(&wide) {
                near(grads.get(ours).unwrap(), expected.get(theirs).unwrap());
            }
        }
    }

    #[test]
    fn one_modulation_serves_all_rows_where_it_is_not_learned() {
        let (x, update) = (var(9, 16, 1), var(9, 16, 2));
        let one = var(1, 48, 3).as_detached_tensor();
        let each = one.broadcast_as((9, 48)).unwrap().contiguous().unwrap();
        near(&block(&x, &update, &one), &block(&x, &update, &each));
        let loss = block(&x, &update, &one).sum_all().unwrap();
        assert!(backward(&loss).unwrap().get(&x).is_some());
        assert!(modulated_norm(&x, &var(2, 48, 3)).is_err() && modulated_norm(&x, &var(9, 47, 3)).is_err());
        let learned = var(1, 48, 3);
        let loss = modulated_norm(&x, &learned).unwrap().sum_all().unwrap();
        assert!(backward(&loss).is_err());
    }
}
