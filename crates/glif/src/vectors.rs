//! Functions compiled for several instruction sets, of which a program chooses when it runs.

/// Compiles a function for AVX-512, for AVX2 and for the least of an architecture. All of them round alike: nothing is fused.
macro_rules! vectorised {
    ($($function:tt)*) => {
        #[multiversion::multiversion(targets(
            "x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+avx2+bmi1+bmi2+lzcnt+popcnt",
            "x86_64+avx2+bmi1+bmi2+lzcnt+popcnt",
        ))]
        $($function)*
    };
}
pub(crate) use vectorised;
