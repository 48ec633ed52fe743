//! The memory of a hash: Argon2's is kept by each thread from one call to the next, other schemes' is seen to be there.

use std::cell::RefCell;

use argon2::{Argon2, Block, Error};

/// The most that a thread keeps, in blocks of 1 KiB. Asking the system for it anew, zeroed page by page, is some seven
/// per cent of the time of one hash.
const KEPT: usize = 32 * 1024;

thread_local! {
    static BLOCKS: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// Runs `function` into `tag`, in kept memory where its cost allows that.
pub(crate) fn compute(function: &Argon2<'_>, password: &[u8], salt: &[u8], tag: &mut [u8]) -> Result<(), Error> {
    let count = function.params().block_count();
    if count > KEPT {
        let kib = u64::try_from(count).unwrap_or(u64::MAX);
        if !can_be_had(kib) {
            return Err(Error::OutOfMemory);
        }
        return function.hash_password_into(password, salt, tag);
    }
    let mut memory = BLOCKS.take();
    let missing = count.saturating_sub(memory.len());
    memory.try_reserve_exact(missing).map_err(|_| Error::OutOfMemory)?;
    memory.resize(memory.len().max(count), Block::new());
    let done = function.hash_password_into_with_memory(password, salt, tag, &mut memory[..]);
    wipe_first_quarters(memory.get_mut(..count).unwrap_or_default(), function.params().p_cost());
    BLOCKS.set(memory);
    done
}

/// Whether so many KiB can be had now. The crates that take a big table end the process where it cannot, so they are
/// asked only after this; no page of it is touched.
pub(crate) fn can_be_had(kib: u64) -> bool {
    let bytes = usize::try_from(kib.saturating_mul(1024)).unwrap_or(usize::MAX);
    let mut table = Vec::<u8>::new();
    let had = table.try_reserve_exact(bytes).is_ok();
    // Else the compiler may leave out an allocation that nobody uses.
    std::hint::black_box(&mut table);
    had
}

/// Wipes the first quarter of every lane.
///
/// Each block is XORed with the one it replaces, so from a whole memory the passes could be undone, down to the first
/// blocks, which tell a right guess of the password for the price of one BLAKE2b. Without these quarters a guess costs
/// at least as much as filling them. Wiping everything would cost as much as asking for new memory.
fn wipe_first_quarters(memory: &mut [Block], lanes: u32) {
    let lanes = usize::try_from(lanes).unwrap_or(usize::MAX);
    let lane = memory.len().checked_div(lanes).unwrap_or_default().max(1);
    for lane in memory.chunks_mut(lane) {
        let quarter = lane.len().div_ceil(4);
        lane.iter_mut().take(quarter).for_each(|block| *block = Block::new());
    }
}

#[cfg(test)]
mod tests {
    use argon2::{Algorithm, Params, Version};

    use super::*;

    fn function(memory_kib: u32, lanes: u32) -> Argon2<'static> {
        let params = Params::new(memory_kib, 2, lanes, Some(32)).unwrap();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
    }

    fn is_wiped(block: &Block) -> bool {
        block.as_ref().iter().all(|word| *word == 0)
    }

    #[test]
    fn what_is_kept_has_lost_the_first_quarter_of_every_lane() {
        compute(&function(64, 2), b"secret", b"saltsaltsalt", &mut [0; 32]).unwrap();
        let kept = BLOCKS.take();
        let wiped: Vec<bool> = kept.iter().map(is_wiped).collect();
        for lane in wiped.chunks(32) {
            assert!(lane[..8].iter().all(|wiped| *wiped));
            assert!(!lane[8..].iter().any(|wiped| *wiped));
        }
    }

    #[test]
    fn kept_memory_of_any_size_gives_the_digest_of_fresh_memory() {
        for (memory_kib, lanes) in [(64, 2), (8, 1), (256, 4), (64, 1), (33 * 1024, 1), (64, 2)] {
            let (mut kept, mut fresh) = ([0; 32], [0; 32]);
            compute(&function(memory_kib, lanes), b"secret", b"saltsaltsalt", &mut kept).unwrap();
            function(memory_kib, lanes)
                .hash_password_into(b"secret", b"saltsaltsalt", &mut fresh)
                .unwrap();
            assert_eq!(kept, fresh, "{memory_kib} {lanes}");
        }
        assert!(BLOCKS.take().len() <= KEPT);
    }
}
