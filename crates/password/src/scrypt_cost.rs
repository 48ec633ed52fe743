//! scrypt (RFC 7914) for those who write its cost and its digest in notations of their own.

use crate::blocks;
use crate::error::Flaw;
use crate::limits;
use crate::options::{Options, SchemeError};
use crate::reader::Fault;

/// N (as its binary logarithm), r and p, held against the limits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScryptCost {
    log_n: u8,
    r: u32,
    p: u32,
}

impl ScryptCost {
    pub(crate) fn new(log_n: u32, r: u32, p: u32) -> Result<Self, Fault> {
        let log_n = u8::try_from(log_n).ok().filter(|log_n| (1..=63).contains(log_n));
        let log_n = log_n.ok_or(Flaw::ParameterRange)?;
        if r == 0 || p == 0 {
            return Err(Flaw::ParameterRange.into());
        }
        let cost = Self { log_n, r, p };
        Fault::above("memory in KiB", cost.memory_kib(), limits::MEMORY_KIB)?;
        Fault::above("work", cost.work(), limits::SCRYPT_WORK)?;
        Ok(cost)
    }

    /// From N itself, a power of two.
    pub(crate) fn of_n(n: u32, r: u32, p: u32) -> Result<Self, Fault> {
        if !n.is_power_of_two() {
            return Err(Flaw::ParameterRange.into());
        }
        Self::new(n.trailing_zeros(), r, p)
    }

    /// From passlib's options, or these: log2 N, r, p. Gives N, r and p beside it.
    pub(crate) fn of_options(
        options: &Options,
        (log_n, r, p): (u32, u32, u32),
    ) -> Result<(u64, u32, u32, Self), SchemeError> {
        let log_n = options.number_or("rounds", log_n)?;
        let (r, p) = (
            options.number_or("block_size", r)?,
            options.number_or("parallelism", p)?,
        );
        let cost = Self::new(log_n, r, p).map_err(|_| SchemeError::BadOption("rounds"))?;
        Ok((cost.n(), r, p, cost))
    }

    /// Less work, or less memory.
    pub(crate) fn is_weaker_than(self, other: Self) -> bool {
        self.work() < other.work() || self.memory_kib() < other.memory_kib()
    }

    fn work(self) -> u64 {
        self.n().saturating_mul(self.r.into()).saturating_mul(self.p.into())
    }

    fn n(self) -> u64 {
        1_u64.checked_shl(self.log_n.into()).unwrap_or(u64::MAX)
    }

    /// The big table, and a buffer for each of the `p`.
    pub(crate) fn memory_kib(self) -> u64 {
        let blocks = self.n().saturating_add(self.p.into()).saturating_add(2);
        blocks.saturating_mul(self.r.into()).saturating_div(8).saturating_add(1)
    }

    pub(crate) fn digest(self, password: &[u8], salt: &[u8], len: usize) -> Result<Vec<u8>, Fault> {
        let params = scrypt::Params::new(self.log_n, self.r, self.p).map_err(|_| Fault::Primitive)?;
        if !blocks::can_be_had(self.memory_kib()) {
            return Err(Fault::Primitive);
        }
        let mut digest = vec![0; len];
        scrypt::scrypt(password, salt, &params, &mut digest).map_err(|_| Fault::Primitive)?;
        Ok(digest)
    }
}
