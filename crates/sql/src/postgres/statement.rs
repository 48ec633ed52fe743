//! Statements of our tables, run on a link.

use std::error::Error;

use tokio_postgres::Statement;
use tokio_postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};

use super::failure::Failure;
use crate::links::Link;
use crate::own::row::{Read, Row, Unreadable};
use crate::own::value::Value;

/// Runs a statement and says how many rows it wrote.
pub(super) async fn execute(link: &Link, sql: &'static str, values: &[Value<'_>]) -> Result<u64, Failure> {
    let prepared = prepared(link, sql).await?;
    run(link, sql, prepared.as_ref(), values).await
}

/// The statement, where it can be prepared.
async fn prepared(link: &Link, sql: &'static str) -> Result<Option<Statement>, Failure> {
    link.prepare(sql, Vec::new).await.map_err(Failure::Unprepared)
}

async fn run(
    link: &Link,
    sql: &'static str,
    prepared: Option<&Statement>,
    values: &[Value<'_>],
) -> Result<u64, Failure> {
    let client = link.client();
    Ok(match prepared {
        Some(prepared) => client.execute(prepared, &given(values)).await?,
        None => client.execute_typed(sql, &untyped(values)).await?,
    })
}

/// What is begun where the loss of the last half second in a crash is borne. It holds for this act alone, so a pooler may
/// stand in between.
const BEGIN_SOFT: &str = "BEGIN; SET LOCAL synchronous_commit = off; SET LOCAL statement_timeout = '3s'";

/// The same in a transaction that does not wait for the disk: three requests in one flight.
pub(super) async fn execute_soft(link: &Link, sql: &'static str, values: &[Value<'_>]) -> Result<u64, Failure> {
    let prepared = prepared(link, sql).await?;
    let client = link.client();
    let (begun, written, ended) = tokio::join!(
        biased;
        client.batch_execute(BEGIN_SOFT),
        run(link, sql, prepared.as_ref(), values),
        client.batch_execute("COMMIT")
    );
    begun?;
    // The end of a transaction that failed is no error.
    let written = written?;
    ended?;
    Ok(written)
}

/// Every row of the answer.
pub(super) async fn all<T>(
    link: &Link,
    sql: &'static str,
    values: &[Value<'_>],
    read: Read<T>,
) -> Result<Vec<T>, Failure> {
    let client = link.client();
    let rows = match prepared(link, sql).await? {
        Some(prepared) => client.query(&prepared, &given(values)).await?,
        None => client.query_typed(sql, &untyped(values)).await?,
    };
    Ok(rows.iter().map(|row| read(row)).collect::<Result<_, _>>()?)
}

fn given<'a>(values: &'a [Value<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

/// The server tells their types, as it does for what is prepared.
fn untyped<'a>(values: &'a [Value<'a>]) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    given(values).into_iter().map(|value| (value, Type::UNKNOWN)).collect()
}

impl Row for tokio_postgres::Row {
    fn value(&self, column: usize) -> Result<Value<'_>, Unreadable> {
        let kind = self.columns().get(column).map(tokio_postgres::Column::type_);
        let value = match kind {
            Some(&Type::INT8) => self.try_get::<_, Option<i64>>(column).map(|number| match number {
                Some(number) => Value::Integer(number),
                None => Value::Null,
            }),
            Some(&Type::TEXT) => self.try_get::<_, Option<&str>>(column).map(Value::from),
            Some(&Type::BYTEA) => self.try_get::<_, Option<&[u8]>>(column).map(Value::from),
            Some(_) => return Err(Unreadable::new(column, "of a type that no table of ours has")),
            None => return Err(Unreadable::new(column, "no such column")),
        };
        value.map_err(|cause| Unreadable::new(column, cause))
    }

    fn width(&self) -> usize {
        self.len()
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match *self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(number) => number.to_sql(kind, out),
            Self::Text(text) => text.to_sql(kind, out),
            Self::Bytes(bytes) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::TEXT, Type::BYTEA, Type::UNKNOWN].contains(kind)
    }

    to_sql_checked!();
}
