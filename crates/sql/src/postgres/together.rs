//! Several statements on one link without waiting for each answer: they go to the server in their order.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// Drives futures together, each begun in their order; all their answers, or the first failure in their order.
pub(super) async fn together<T, E>(
    works: impl IntoIterator<Item = impl Future<Output = Result<T, E>>>,
) -> Result<Vec<T>, E> {
    let mut works: Vec<_> = works.into_iter().map(|work| (Box::pin(work), None)).collect();
    poll_fn(|context| {
        let mut waits = false;
        for (work, answer) in &mut works {
            if answer.is_none() {
                match Pin::as_mut(work).poll(context) {
                    Poll::Ready(done) => *answer = Some(done),
                    Poll::Pending => waits = true,
                }
            }
        }
        if waits { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    works.into_iter().filter_map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[tokio::test]
    async fn all_begin_in_order_before_any_ends_and_the_first_failure_in_order_is_told() {
        let told = RefCell::new(Vec::new());
        let work = |n: u32| {
            let told = &told;
            async move {
                told.borrow_mut().push(n);
                for _ in 0..(5 - n) {
                    tokio::task::yield_now().await;
                }
                told.borrow_mut().push(10 + n);
                if n < 2 { Ok(n) } else { Err(n) }
            }
        };
        assert_eq!(together([0, 1, 2, 3].map(work)).await, Err(2));
        assert_eq!(told.take(), [0, 1, 2, 3, 13, 12, 11, 10]);
        assert_eq!(together([0, 1].map(work)).await, Ok(vec![0, 1]));
        assert_eq!(together([0; 0].map(work)).await, Ok(vec![]));
    }
}
