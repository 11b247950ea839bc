//! One node in candle's graph for what several of its operations compute.
//!
//! Left to itself candle goes back through each operation: it fills a tensor with zeros and adds to it for every
//! argument of every one, and takes gradients that nobody asked for. Here the result is computed outside of the
//! graph, and a closure says the gradients, in operations that are fast on a card (`fallback.rs`).

use std::sync::{Mutex, PoisonError};

use candle_core::backend::BackendStorage;
use candle_core::{
    CpuStorage, CudaStorage, CustomOp2, CustomOp3, Layout, MetalStorage, Result, Shape, Storage, Tensor, bail,
};

/// The gradients by the arguments, given these, the result and its gradient; none where none is wanted. No
/// tensor among them is in the graph.
pub trait BackwardRule<const N: usize>:
    Fn([&Tensor; N], &Tensor, &Tensor) -> Result<[Option<Tensor>; N]> + Send + Sync + 'static
{
}

impl<const N: usize, F> BackwardRule<N> for F where
    F: Fn([&Tensor; N], &Tensor, &Tensor) -> Result<[Option<Tensor>; N]> + Send + Sync + 'static
{
}

/// `y`, a tensor of its own in one piece, as the result of an operation on two arguments.
pub fn of_two(
    arguments: [&Tensor; 2],
    y: Tensor,
    name: &'static str,
    back: impl BackwardRule<2>,
) -> Result<Tensor> {
    let [a, b] = arguments;
    if !arguments.iter().any(|argument| argument.track_op()) {
        return Ok(y);
    }
    a.apply_op2(b, Composed { name, y: Mutex::new(Some(y)), back })
}

/// [`of_two`] on three arguments.
pub fn of_three(
    arguments: [&Tensor; 3],
    y: Tensor,
    name: &'static str,
    back: impl BackwardRule<3>,
) -> Result<Tensor> {
    let [a, b, c] = arguments;
    if !arguments.iter().any(|argument| argument.track_op()) {
        return Ok(y);
    }
    a.apply_op3(b, c, Composed { name, y: Mutex::new(Some(y)), back })
}

struct Composed<B> {
    name: &'static str,
    /// Until it goes into the graph.
    y: Mutex<Option<Tensor>>,
    back: B,
}

impl<B> Composed<B> {
    /// The result, as the kind of storage that `of` finds in it. candle lets nobody move a tensor's memory, so
    /// that this is a copy; the first one is free right after it.
    fn result<S: BackendStorage>(&self, of: impl FnOnce(&Storage) -> Option<&S>) -> Result<(S, Shape)> {
        let Some(y) = self.y.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            bail!("{} went forward twice", self.name);
        };
        let (storage, layout) = y.storage_and_layout();
        let Some(storage) = of(&storage) else {
            bail!("the result of {} is on another device than its arguments", self.name);
        };
        Ok((storage.try_clone(layout)?, layout.shape().clone()))
    }
}

fn cpu(storage: &Storage) -> Option<&CpuStorage> {
    if let Storage::Cpu(storage) = storage { Some(storage) } else { None }
}

fn cuda(storage: &Storage) -> Option<&CudaStorage> {
    if let Storage::Cuda(storage) = storage { Some(storage) } else { None }
}

fn metal(storage: &Storage) -> Option<&MetalStorage> {
    if let Storage::Metal(storage) = storage { Some(storage) } else { None }
}

impl<B: BackwardRule<2>> CustomOp2 for Composed<B> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        self.result(cpu)
    }

    fn cuda_fwd(
        &self,
        _: &CudaStorage,
        _: &Layout,
        _: &CudaStorage,
        _: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        self.result(cuda)
    }

    fn metal_fwd(
        &self,
        _: &MetalStorage,
        _: &Layout,
        _: &MetalStorage,
        _: &Layout,
    ) -> Result<(MetalStorage, Shape)> {
        self.result(metal)
    }

    fn bwd(
        &self,
        a: &Tensor,
        b: &Tensor,
        y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let [da, db] = (self.back)([a, b], &y.detach(), &grad.detach())?;
        Ok((da, db))
    }
}

impl<B: BackwardRule<3>> CustomOp3 for Composed<B> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.result(cpu)
    }

    fn cuda_fwd(
        &self,
        _: &CudaStorage,
        _: &Layout,
        _: &CudaStorage,
        _: &Layout,
        _: &CudaStorage,
        _: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        self.result(cuda)
    }

    fn metal_fwd(
        &self,
        _: &MetalStorage,
        _: &Layout,
        _: &MetalStorage,
        _: &Layout,
        _: &MetalStorage,
        _: &Layout,
    ) -> Result<(MetalStorage, Shape)> {
        self.result(metal)
    }

    fn bwd(
        &self,
        a: &Tensor,
        b: &Tensor,
        c: &Tensor,
        y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let [da, db, dc] = (self.back)([a, b, c], &y.detach(), &grad.detach())?;
        Ok((da, db, dc))
    }
}
