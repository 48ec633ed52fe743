//! The files that the pages load. Most lie compressed in the binary and are sent as they lie.

use std::sync::OnceLock;

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::etag::none_match;

/// The paths carry the version: under one path there is only ever one content.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// What gzip puts around the deflated data of the files in `assets/`: a head without options, length and checksum.
const GZIP_HEAD: usize = 10;
const GZIP_TAIL: usize = 8;

/// Larger than any of the files, decompressed.
const LARGEST: usize = 4 << 20;

/// One file.
pub(super) struct Asset {
    pub(super) path: &'static str,
    content_type: &'static str,
    content: Content,
    /// The beginning of the SHA-256 of the file as it is before compression, in quotes.
    etag: &'static str,
    /// The same for the compressed file: another representation, another tag (RFC 9110 §8.8.3).
    gzip_etag: &'static str,
}

enum Content {
    Plain(&'static [u8]),
    Gzip {
        compressed: &'static [u8],
        plain: OnceLock<Bytes>,
    },
}

const fn gzip(compressed: &'static [u8]) -> Content {
    Content::Gzip {
        compressed,
        plain: OnceLock::new(),
    }
}

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

pub(super) static SWAGGER_SCRIPT: Asset = Asset {
    path: "/docs/assets/swagger-ui-bundle-5.35.0.js",
    content_type: JAVASCRIPT,
    content: gzip(include_bytes!("../../assets/swagger-ui-bundle.js.gz")),
    etag: "\"e6a898692f2d768e\"",
    gzip_etag: "\"e6a898692f2d768e-gzip\"",
};

pub(super) static SWAGGER_STYLE: Asset = Asset {
    path: "/docs/assets/swagger-ui-5.35.0.css",
    content_type: CSS,
    content: gzip(include_bytes!("../../assets/swagger-ui.css.gz")),
    etag: "\"5ed08757e53da3e0\"",
    gzip_etag: "\"5ed08757e53da3e0-gzip\"",
};

pub(super) static REDOC_SCRIPT: Asset = Asset {
    path: "/docs/assets/redoc-2.5.4.js",
    content_type: JAVASCRIPT,
    content: gzip(include_bytes!("../../assets/redoc.standalone.js.gz")),
    etag: "\"e3d4361ba4ecdba1\"",
    gzip_etag: "\"e3d4361ba4ecdba1-gzip\"",
};

pub(super) static REDOC_STYLE: Asset = Asset {
    path: "/docs/assets/redoc-page-1.css",
    content_type: CSS,
    content: Content::Plain(b"body { margin: 0; padding: 0; }\n"),
    etag: "\"1b98965e8c4baf66\"",
    gzip_etag: "\"\"",
};

pub(super) static ICON: Asset = Asset {
    path: "/docs/assets/favicon-5.35.0.png",
    content_type: "image/png",
    content: Content::Plain(include_bytes!("../../assets/favicon-32x32.png")),
    etag: "\"3ed612f41e050ca5\"",
    gzip_etag: "\"\"",
};

/// All of them.
pub(super) static ALL: [&Asset; 5] = [&SWAGGER_SCRIPT, &SWAGGER_STYLE, &REDOC_SCRIPT, &REDOC_STYLE, &ICON];

impl Asset {
    /// How the pages, which stand beside `/docs`, name it.
    pub(super) fn name(&self) -> &'static str {
        self.path.trim_start_matches('/')
    }

    /// The file, compressed if the request accepts that; 304 if the client has it.
    pub(super) fn answer(&'static self, request: &HeaderMap) -> Response {
        let (body, etag, compressed) = match &self.content {
            Content::Plain(plain) => (Bytes::from_static(plain), self.etag, false),
            Content::Gzip { compressed, .. } if accepts_gzip(request) => {
                (Bytes::from_static(compressed), self.gzip_etag, true)
            }
            Content::Gzip { compressed, plain } => {
                (plain.get_or_init(|| inflate(compressed)).clone(), self.etag, false)
            }
        };
        let mut response = if none_match(request, etag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            body.into_response()
        };
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(IMMUTABLE));
        headers.insert(ETAG, HeaderValue::from_static(etag));
        if matches!(self.content, Content::Gzip { .. }) {
            headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        }
        if compressed {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

/// The file before compression. Few clients ask for that, so it is made when the first does, and kept.
fn inflate(gzip: &[u8]) -> Bytes {
    let deflated = gzip
        .len()
        .checked_sub(GZIP_TAIL)
        .and_then(|end| gzip.get(GZIP_HEAD..end))
        .unwrap_or_default();
    // The files are our own, and a test inflates each.
    miniz_oxide::inflate::decompress_to_vec_with_limit(deflated, LARGEST)
        .unwrap_or_default()
        .into()
}

/// Whether `Accept-Encoding` names gzip, or `*`, with a weight above 0 (RFC 9110 §12.5.3).
fn accepts_gzip(request: &HeaderMap) -> bool {
    let values = request
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut any = None;
    for item in values.flat_map(|value| value.split(',')) {
        let (coding, parameters) = item.split_once(';').unwrap_or((item, ""));
        let weight = parameters
            .trim()
            .strip_prefix("q=")
            .map_or(Ok(1.0), |weight| weight.trim().parse::<f32>());
        let accepted = weight.is_ok_and(|weight| weight > 0.0);
        match coding.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => return accepted,
            "*" => any = Some(accepted),
            _ => {}
        }
    }
    any.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use http::header::IF_NONE_MATCH;
    use http_body_util::BodyExt;
    use sha2::{Digest, Sha256};

    use super::*;

    fn request(headers: &[(http::HeaderName, &'static str)]) -> HeaderMap {
        headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect()
    }

    async fn body(response: Response) -> Bytes {
        response.into_body().collect().await.unwrap().to_bytes()
    }

    fn quoted_hash(content: &[u8], suffix: &str) -> String {
        let hash: String = Sha256::digest(content)
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("\"{hash}{suffix}\"")
    }

    #[tokio::test]
    async fn every_tag_is_the_hash_of_what_is_sent_and_compressed_files_can_be_sent_plain() {
        for asset in ALL {
            let response = asset.answer(&HeaderMap::new());
            assert_eq!(response.headers().get(CONTENT_ENCODING), None);
            let plain = body(response).await;
            assert!(!plain.is_empty() && plain.len() < LARGEST, "{}", asset.path);
            assert_eq!(asset.etag, quoted_hash(&plain, ""), "{}", asset.path);
            if let Content::Gzip { compressed, .. } = &asset.content {
                assert_eq!(asset.gzip_etag, quoted_hash(&plain, "-gzip"), "{}", asset.path);
                let response = asset.answer(&request(&[(ACCEPT_ENCODING, "br, gzip;q=0.5")]));
                assert_eq!(response.headers()[CONTENT_ENCODING], "gzip");
                assert_eq!(response.headers()[VARY], "accept-encoding");
                assert_eq!(body(response).await, *compressed);
                assert_eq!(
                    compressed[..4],
                    [0x1f, 0x8b, 8, 0],
                    "gzip, deflate, no options in the head"
                );
            }
        }
    }

    #[tokio::test]
    async fn a_client_that_has_a_file_is_sent_none() {
        for tags in ["\"e6a898692f2d768e\"", "\"x\", W/\"e6a898692f2d768e\"", "*"] {
            let response = SWAGGER_SCRIPT.answer(&request(&[(IF_NONE_MATCH, tags)]));
            assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{tags}");
            assert!(body(response).await.is_empty());
        }
        let other = SWAGGER_SCRIPT.answer(&request(&[(IF_NONE_MATCH, "\"e6a898692f2d768e-gzip\"")]));
        assert_eq!(other.status(), StatusCode::OK);
    }

    #[test]
    fn gzip_is_sent_only_if_it_is_accepted() {
        for no in [
            "",
            "br",
            "gzip;q=0",
            "*;q=0",
            "identity",
            "gzip;q=0, *",
            "gzip;q=x",
            "gzipped",
        ] {
            assert!(!accepts_gzip(&request(&[(ACCEPT_ENCODING, no)])), "{no}");
        }
        for yes in [
            "gzip",
            "GZIP",
            "br,gzip",
            "x-gzip",
            "*",
            "gzip; q=0.1",
            "br;q=0, *;q=0.5",
        ] {
            assert!(accepts_gzip(&request(&[(ACCEPT_ENCODING, yes)])), "{yes}");
        }
    }
}
