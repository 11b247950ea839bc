//! The instruction set of this processor.

use std::sync::OnceLock;

/// Environment variable that holds the kernels of this crate to `portable` code or to `avx2`, on
/// processors that have more. (The `gemm` crate chooses for itself.)
const LIMIT: &str = "MORPHOSPACE_SIMD";

/// A target that a kernel is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InstructionSet {
    /// SSE2, which every x86-64 processor has.
    Portable,
    /// AVX2 with FMA.
    Avx2,
    /// AVX-512 F, VL, BW and DQ.
    Avx512,
}

/// The best one that this processor has and [`LIMIT`] allows.
pub fn instruction_set() -> InstructionSet {
    static FOUND: OnceLock<InstructionSet> = OnceLock::new();
    *FOUND.get_or_init(|| detected().min(allowed()))
}

/// The features are those that `simd!` enables.
fn detected() -> InstructionSet {
    let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq");
    match (avx2, avx512) {
        (true, true) => InstructionSet::Avx512,
        (true, false) => InstructionSet::Avx2,
        (false, _) => InstructionSet::Portable,
    }
}

fn allowed() -> InstructionSet {
    match std::env::var(LIMIT).as_deref() {
        Ok("portable") => InstructionSet::Portable,
        Ok("avx2") => InstructionSet::Avx2,
        Ok("avx512") | Err(_) => InstructionSet::Avx512,
        Ok(other) => {
            eprintln!("{LIMIT}={other} is ignored; it can be portable, avx2 or avx512");
            InstructionSet::Avx512
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_limits_the_instruction_set() {
        let asked = match std::env::var(LIMIT).as_deref() {
            Ok("portable") => InstructionSet::Portable,
            Ok("avx2") => InstructionSet::Avx2,
            _ => InstructionSet::Avx512,
        };
        assert_eq!(instruction_set(), asked.min(detected()));
    }

    /// Runs the tests of `nn` again, held to each lesser instruction set.
    #[test]
    #[cfg_attr(miri, ignore = "starts processes")]
    fn kernels_pass_their_tests_on_every_instruction_set() {
        if std::env::var_os(LIMIT).is_some() {
            return;
        }
        for limit in ["portable", "avx2"] {
            let tests = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["nn::", "--skip", "kernels_pass_their_tests_on_every_instruction_set"])
                .env(LIMIT, limit)
                .output()
                .unwrap();
            let report = String::from_utf8_lossy(&tests.stdout);
            assert!(tests.status.success(), "{limit}:\n{report}");
            let proof = "nn::simd::instruction_set::tests::the_environment_limits_the_instruction_set ... ok";
            assert!(report.contains(proof), "{limit}:\n{report}");
        }
    }
}
