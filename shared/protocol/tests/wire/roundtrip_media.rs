//! What one side writes about files, the other reads back the same.

use proptest::prelude::*;

use crate::{
    roundtrip::{reply_survives, request_survives},
    strategies,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn media_upload(request in strategies::media_upload()) {
        request_survives(&request);
    }

    #[test]
    fn media_complete(request in strategies::media_complete()) {
        request_survives(&request);
    }

    #[test]
    fn media_download(request in strategies::media_download()) {
        request_survives(&request);
    }

    #[test]
    fn media_delete(request in strategies::media_delete()) {
        request_survives(&request);
    }

    #[test]
    fn media_replies(
        uploaded in strategies::media_upload_ok(),
        completed in strategies::media_complete_ok(),
        downloaded in strategies::media_download_ok(),
    ) {
        reply_survives("7", &uploaded);
        reply_survives("7", &completed);
        reply_survives("7", &downloaded);
    }
}
