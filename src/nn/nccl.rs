//! Sums over the cards of all ranks by NCCL, which sends from card to card.

use std::cell::RefCell;

use candle_core::cuda_backend::cudarc::nccl::{Comm, Id, ReduceOp};
use candle_core::{CpuStorage, CudaStorage, Device, Error, InplaceOp1, Layout, Result, Tensor, bail};

use crate::ranks::Ranks;

/// The cards of all ranks, seen from the stream of one.
struct Cards {
    comm: Comm,
}

thread_local! {
    /// Cards of all ranks for the device that this thread trains on, for as long as the thread lives, which is one run.
    static CARDS: RefCell<Option<Cards>> = const { RefCell::new(None) };
}

/// The sum of one tensor over all ranks, or none where one of them has no card. All ranks call it alike.
///
/// * `flat`: f32 in one piece, which nobody else holds
pub fn sum(ranks: &Ranks, flat: &Tensor) -> Result<Option<()>> {
    if !CARDS.with_borrow(Option::is_some) && !join(ranks, flat.device())? {
        return Ok(None);
    }
    flat.inplace_op1(&Sum)?;
    Ok(Some(()))
}

/// Joins the cards of all ranks. `false` where one has none.
fn join(ranks: &Ranks, device: &Device) -> Result<bool> {
    let Device::Cuda(cuda) = device else {
        ranks.any(true);
        return Ok(false);
    };
    if ranks.any(false) {
        return Ok(false);
    }
    let own = if ranks.is_first() { id_bytes(&Id::new().map_err(failed)?) } else { Vec::new() };
    let bytes = ranks.broadcast(own);
    let Ok(bytes) = <[u8; 128]>::try_from(bytes) else { bail!("rank 0 has told no place where cards meet") };
    let id = Id::uninit(bytes.map(|byte| byte as std::ffi::c_char));
    let comm = Comm::from_rank(cuda.cuda_stream(), ranks.rank(), ranks.size(), id).map_err(failed)?;
    CARDS.set(Some(Cards { comm }));
    Ok(true)
}

fn id_bytes(id: &Id) -> Vec<u8> {
    id.internal().iter().map(|byte| *byte as u8).collect()
}

struct Sum;

impl InplaceOp1 for Sum {
    fn name(&self) -> &'static str {
        "sum over cards"
    }

    fn cpu_fwd(&self, _: &mut CpuStorage, _: &Layout) -> Result<()> {
        bail!("NCCL adds up what is on cards")
    }

    fn cuda_fwd(&self, storage: &mut CudaStorage, layout: &Layout) -> Result<()> {
        let values = storage.as_cuda_slice_mut::<f32>()?;
        if layout.contiguous_offsets() != Some((0, values.len())) {
            bail!("NCCL adds up whole tensors in one piece");
        }
        CARDS.with_borrow(|cards| match cards {
            Some(Cards { comm }) => {
                comm.all_reduce_in_place(values, &ReduceOp::Sum).map(drop).map_err(failed)
            }
            None => bail!("the cards have not met"),
        })
    }
}

/// cudarc's error has no words of its own.
fn failed(error: candle_core::cuda_backend::cudarc::nccl::result::NcclError) -> Error {
    Error::Msg(format!("NCCL failed: {error:?}"))
}
