//! What the routes of clients read and answer.

use std::collections::BTreeSet;

use portcullis_core::{AddedClient, CLIENTS_PAGE_MAX, Client, ClientPage, GrantType, NewClient, ScopeSet, rfc3339};
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// How many clients a page has unless told otherwise.
const PAGE: usize = 20;

/// Which page of the list.
#[derive(Deserialize, JsonSchema)]
pub(super) struct PageQuery {
    /// The id after which the page starts: `next` of the page before
    #[schemars(length(max = 128))]
    pub(super) after: Option<String>,
    /// How many clients the page has at most
    #[serde(default = "page")]
    #[schemars(range(min = 1, max = CLIENTS_PAGE_MAX))]
    pub(super) limit: usize,
}

fn page() -> usize {
    PAGE
}

/// A way to get a token.
#[derive(Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Grant {
    Password,
    RefreshToken,
    ClientCredentials,
}

impl From<Grant> for GrantType {
    fn from(grant: Grant) -> Self {
        match grant {
            Grant::Password => Self::Password,
            Grant::RefreshToken => Self::RefreshToken,
            Grant::ClientCredentials => Self::ClientCredentials,
        }
    }
}

/// A new client.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewClient")]
pub(super) struct NewClientBody {
    /// 1 to 128 visible ASCII characters.
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[!-~]+$"))]
    client_id: String,
    /// Whether it can keep no secret, like a program in a browser.
    #[serde(default)]
    public: bool,
    /// Whether it belongs to whoever runs this server, so that users may give it their passwords.
    #[serde(default)]
    first_party: bool,
    /// What it may use; by default all that such a client can.
    grants: Option<Vec<Grant>>,
    /// The most that its tokens may do: nothing that the caller may not.
    #[serde(default, deserialize_with = "scopes")]
    #[schemars(with = "Vec<String>", inner(regex(pattern = r"^[!#-\[\]-~]+$")))]
    scopes: ScopeSet,
    /// Whom its tokens are for, if not this server.
    #[schemars(length(min = 1, max = 1024))]
    audience: Option<String>,
    /// The public keys by which it proves itself, in place of a secret: PEM, or the JSON of a JWK or of a set of those.
    #[schemars(length(max = 16384))]
    public_key: Option<String>,
}

impl From<NewClientBody> for NewClient {
    fn from(new: NewClientBody) -> Self {
        Self {
            id: new.client_id,
            public: new.public,
            first_party: new.first_party,
            grants: new
                .grants
                .map(|grants| grants.into_iter().map(GrantType::from).collect::<BTreeSet<_>>()),
            scopes: new.scopes,
            audience: new.audience,
            keys: new.public_key,
        }
    }
}

/// Changes of a client.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ClientChange")]
pub(super) struct ClientChange {
    /// A disabled client gets no tokens, and those that it got end. `null` changes nothing.
    pub(super) disabled: Option<bool>,
}

fn scopes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ScopeSet, D::Error> {
    let words = Vec::<String>::deserialize(deserializer)?;
    // Refused as a whole: none of them is ever cut off.
    ScopeSet::parse(&words.join(" ")).map_err(D::Error::custom)
}

/// A secret of a client, as far as it is known here.
#[derive(Serialize, JsonSchema)]
pub(super) struct SecretDetails {
    /// When it was made (RFC 3339).
    created: String,
}

/// A client as an administrator sees it.
#[derive(Serialize, JsonSchema)]
pub(super) struct ClientDetails {
    /// The client's id.
    client_id: String,
    /// Whether it can keep no secret.
    public: bool,
    /// Whether it belongs to whoever runs this server.
    first_party: bool,
    /// What it may use.
    grants: Vec<String>,
    /// The most that its tokens may do.
    scopes: Vec<String>,
    /// Whom its tokens are for, if not this server.
    audience: Option<String>,
    /// Its secrets, the oldest first; none for one that is public or has keys.
    secrets: Vec<SecretDetails>,
    /// Whether it proves itself by keys of its own.
    has_keys: bool,
    /// Whether it gets no tokens.
    disabled: bool,
    /// When it was added (RFC 3339).
    created: String,
}

impl From<&Client> for ClientDetails {
    fn from(client: &Client) -> Self {
        let secrets = client.secrets.iter().map(|secret| SecretDetails {
            created: rfc3339(secret.created / 1_000),
        });
        Self {
            client_id: client.id.to_string(),
            public: client.public,
            first_party: client.first_party,
            grants: client.grants.iter().map(ToString::to_string).collect(),
            scopes: client.scopes.iter().map(str::to_owned).collect(),
            audience: client.audience.clone(),
            secrets: secrets.collect(),
            has_keys: client.keys.is_some(),
            disabled: client.disabled,
            created: rfc3339(client.created / 1_000),
        }
    }
}

/// A client that was added or got a secret.
#[derive(Serialize, JsonSchema)]
pub(super) struct ClientWithSecret {
    /// The new secret, shown this once; absent for a client that has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    #[serde(flatten)]
    client: ClientDetails,
}

impl From<AddedClient> for ClientWithSecret {
    fn from(added: AddedClient) -> Self {
        Self {
            client_secret: added.secret.map(|secret| secret.to_string()),
            client: ClientDetails::from(&added.client),
        }
    }
}

/// Some clients in the order of their ids.
#[derive(Serialize, JsonSchema)]
pub(super) struct ClientList {
    /// The clients.
    clients: Vec<ClientDetails>,
    /// What to give as `after` for the next page; `null` on the last one.
    next: Option<String>,
}

impl From<ClientPage> for ClientList {
    fn from(page: ClientPage) -> Self {
        Self {
            clients: page.clients.iter().map(ClientDetails::from).collect(),
            next: page.next.map(|next| next.to_string()),
        }
    }
}
