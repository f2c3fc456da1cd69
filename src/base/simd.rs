//! Wider vectors where the processor has them; the result is the same to the bit.

/// Defines `$name` so that its body also exists compiled for AVX2, chosen when it runs.
macro_rules! widened {
    ($(#[$doc:meta])* fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $body:block) => {
        $(#[$doc])*
        fn $name($($arg: $ty),*) {
            #[inline(always)]
            fn plain($($arg: $ty),*) $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn wide($($arg: $ty),*) {
                    plain($($arg),*);
                }
                if std::arch::is_x86_feature_detected!("avx2") {
                    #[expect(unsafe_code, reason = "calling a function that needs AVX2")]
                    // SAFETY: the line above saw that the processor has it.
                    unsafe { wide($($arg),*) }
                    return;
                }
            }
            plain($($arg),*);
        }
    };
}

pub(crate) use widened;
