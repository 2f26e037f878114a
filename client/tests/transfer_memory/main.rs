//! How much memory a file of 100 MiB takes on its way to the store and back: on its own, as all that this
//! process allocates is counted.

#[cfg(test)]
#[expect(dead_code, reason = "nothing goes wrong here")]
#[path = "../transfer/app.rs"]
mod app;
#[cfg(test)]
#[expect(dead_code, unused_imports, reason = "nothing goes wrong here")]
#[path = "../transfer/store/mod.rs"]
mod store;

#[cfg(test)]
mod tests {
    use crate::app::App;
    use heliograph_client::media::seal::PLAIN_BYTES_MAX;
    use heliograph_client::media::transfer::{About, Event, Source};
    use heliograph_protocol::media::MediaKind;
    use peak_alloc::PeakAlloc;
    use sha2::{Digest, Sha256};
    use std::fs::File;
    use std::io::{self, BufWriter, Write};
    use std::path::Path;
    use std::time::Instant;

    #[global_allocator]
    static ALLOCATED: PeakAlloc = PeakAlloc;

    /// What the client may take above idle; the store of this test, which takes 64 KiB a request, is in it.
    const BYTES_MAX: usize = 8 * 1024 * 1024;

    fn write(path: &Path) {
        let mut file = BufWriter::new(File::create(path).unwrap());
        for word in 0..PLAIN_BYTES_MAX / 8 {
            file.write_all(&word.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes())
                .unwrap();
        }
        file.flush().unwrap();
    }

    fn hash(path: &Path) -> [u8; 32] {
        let mut hash = Sha256::new();
        io::copy(&mut File::open(path).unwrap(), &mut hash).unwrap();
        hash.finalize().into()
    }

    /// Tells how many bytes were in use at most above `idle`, and begins to count anew.
    fn peak_above(idle: usize, what: &str, begun: Instant) -> usize {
        let peak = ALLOCATED.peak_usage().saturating_sub(idle);
        let seconds = begun.elapsed().as_secs_f64();
        println!("{what}: {} KiB above idle, {seconds:.2} s", peak / 1024);
        ALLOCATED.reset_peak_usage();
        peak
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_file_of_100_mib_takes_no_more_than_8() {
        let app = App::start().await;
        let (plain, opened) = (app.path("plain"), app.path("opened"));
        write(&plain);
        let transfers = app.open().await;
        let service = app.store.service();
        ALLOCATED.reset_peak_usage();
        let idle = ALLOCATED.current_usage();

        let begun = Instant::now();
        let source = Source::File(plain.clone());
        let sealed = transfers.upload(source, MediaKind::Document, About::default());
        sealed.await.unwrap();
        let sealing = peak_above(idle, "seal", begun);

        let begun = Instant::now();
        transfers.run_until_idle(&service).await;
        let putting = peak_above(idle, "put", begun);
        let attachment = app.uploaded();

        let begun = Instant::now();
        transfers.download(&attachment, &opened).await.unwrap();
        transfers.run_until_idle(&service).await;
        let getting = peak_above(idle, "get", begun);

        let ends = app.told();
        assert!(
            matches!(ends.last(), Some(Event::Downloaded { .. })),
            "{ends:?}"
        );
        assert!(hash(&plain) == hash(&opened), "another file");
        for peak in [sealing, putting, getting] {
            assert!(peak <= BYTES_MAX, "{peak} bytes above idle");
        }
    }
}
