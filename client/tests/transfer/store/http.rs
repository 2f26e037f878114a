//! The store's HTTP: no more than a piece of a body is in memory.

use super::world::{Asked, Trouble, World};
use futures_util::{Stream, stream};
use http_body_util::{BodyExt, Either, Empty, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, RANGE, RETRY_AFTER};
use hyper::{Method, Request, Response};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::pin::Pin;
use std::sync::Arc;

const PIECE_BYTES: usize = 64 * 1024;

type Pieces = Pin<Box<dyn Stream<Item = io::Result<Frame<Bytes>>> + Send>>;
type Body = Either<Empty<Bytes>, StreamBody<Pieces>>;

/// Counts a request as long as it is answered.
struct Open(Arc<World>);

impl Open {
    fn new(world: &Arc<World>) -> Self {
        let mut state = world.state();
        state.open_requests += 1;
        state.most_open_requests = state.most_open_requests.max(state.open_requests);
        Self(Arc::clone(world))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.state().open_requests -= 1;
    }
}

pub(crate) async fn answer(
    world: Arc<World>,
    request: Request<Incoming>,
) -> io::Result<Response<Body>> {
    let open = Open::new(&world);
    let trouble = world.state().troubles.pop_front().flatten();
    let path = request.uri().path().to_owned();
    let (place, rest) = path[1..].split_once('/').unwrap();
    let place: usize = place.parse().unwrap();
    let is_over = {
        let state = world.state();
        state.places[place].expires_at <= state.now_ms
    };
    if *request.method() == Method::GET {
        let from = from(&request);
        world.state().asked.push(Asked::Get { from });
        return match trouble {
            Some(Trouble::Status(code, after)) => Ok(status(code, after)),
            _ if is_over => Ok(status(403, None)),
            trouble => get(open, place, from, trouble),
        };
    }
    let part: usize = rest.parse().unwrap();
    let code = match trouble {
        Some(Trouble::Status(code, _)) => refuse(request, code).await,
        _ if is_over => refuse(request, 403).await,
        trouble => put(&world, (place, part), request, trouble).await?,
    };
    let asked = Asked::Put {
        place,
        part,
        status: code,
    };
    world.state().asked.push(asked);
    match trouble {
        Some(Trouble::Lost) => Err(io::Error::other("answer lost")),
        Some(Trouble::Hang) => std::future::pending().await,
        Some(Trouble::Status(_, after)) => Ok(status(code, after)),
        _ => {
            let mut answer = status(code, None);
            let etag = format!("etag-{part}").parse().unwrap();
            answer.headers_mut().insert(ETAG, etag);
            Ok(answer)
        }
    }
}

/// Reads the body all the same: a client whose connection is reset while it sends may not see why.
async fn refuse(request: Request<Incoming>, code: u16) -> u16 {
    let mut body = request.into_body();
    while let Some(Ok(_)) = body.frame().await {}
    code
}

fn status(code: u16, retry_after_s: Option<u64>) -> Response<Body> {
    let mut answer = Response::builder().status(code);
    if let Some(seconds) = retry_after_s {
        answer = answer.header(RETRY_AFTER, seconds);
    }
    answer.body(Either::Left(Empty::new())).unwrap()
}

fn from(request: &Request<Incoming>) -> u64 {
    let range = request.headers().get(RANGE);
    let range = range.map(|range| range.to_str().unwrap());
    range.map_or(0, |range| {
        range["bytes=".len()..]
            .trim_end_matches('-')
            .parse()
            .unwrap()
    })
}

/// Takes a part if it is what the address is for.
async fn put(
    world: &World,
    name: (usize, usize),
    request: Request<Incoming>,
    trouble: Option<Trouble>,
) -> io::Result<u16> {
    let (is_there, is_multipart, (length, sha256)) = {
        let state = world.state();
        let place = &state.places[name.0];
        let is_there = state.stored.contains_key(&name);
        (is_there, place.is_multipart, place.parts[name.1])
    };
    let headers = request.headers();
    let is_signed = headers
        .get("x-signed")
        .is_some_and(|signed| signed == "yes");
    let announced = headers.get(CONTENT_LENGTH).unwrap().to_str().unwrap();
    if !is_signed || announced.parse() != Ok(length) {
        return Ok(400);
    }
    if is_there && !is_multipart {
        return Ok(412);
    }
    let path = world.folder.path().join(format!("{}-{}", name.0, name.1));
    let (mut file, mut hash, mut come) = (File::create(&path)?, Sha256::new(), 0);
    let mut body = request.into_body();
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame.map_err(io::Error::other)?.into_data() else {
            continue;
        };
        come += piece.len();
        if let Some(Trouble::Cut(after)) = trouble
            && come > after
        {
            return Err(io::Error::other("cut"));
        }
        hash.update(&piece);
        file.write_all(&piece)?;
    }
    if hash.finalize()[..] != sha256.0 {
        return Ok(400);
    }
    let mut state = world.state();
    state.stored.insert(name, path);
    state.places[name.0].is_complete |= !is_multipart;
    Ok(200)
}

/// Gives a file, from a byte on.
fn get(
    open: Open,
    place: usize,
    from: u64,
    trouble: Option<Trouble>,
) -> io::Result<Response<Body>> {
    let from = match trouble {
        Some(Trouble::Whole | Trouble::Piece { status: 200, .. }) => 0,
        _ => from,
    };
    let (size, paths) = {
        let state = open.0.state();
        let parts = state.stored.range((place, 0)..(place + 1, 0));
        let paths: Vec<_> = parts.map(|(_, path)| path.clone()).collect();
        (state.places[place].size, paths)
    };
    let mut file: Box<dyn Read + Send> = Box::new(io::empty());
    let mut skipped = from;
    for path in paths {
        let mut part = File::open(path)?;
        let skip = skipped.min(part.metadata()?.len());
        part.seek(SeekFrom::Start(skip))?;
        skipped -= skip;
        file = Box::new(file.chain(part));
    }
    let mut answer = Response::builder();
    let mut length = size - from;
    if let Some(Trouble::Piece {
        status,
        range,
        bytes,
    }) = trouble
    {
        let last = from as i64 + range as i64 - 1;
        let range = format!("bytes {from}-{last}/{size}");
        answer = answer.status(status).header(CONTENT_RANGE, range);
        file = Box::new(file.take(bytes));
        length = bytes;
    } else if from > 0 {
        let range = format!("bytes {from}-{}/{size}", size - 1);
        answer = answer.status(206).header(CONTENT_RANGE, range);
    }
    let pieces = stream::try_unfold(
        (file, 0_usize, open),
        move |(mut file, at, open)| async move {
            if let Some(Trouble::Cut(after)) = trouble
                && at >= after
            {
                return Err(io::Error::other("cut"));
            }
            let mut piece = vec![0; PIECE_BYTES];
            let read = file.read(&mut piece)?;
            piece.truncate(read);
            if let Some(Trouble::Forged(there)) = trouble
                && let Some(byte) = there.checked_sub(at).and_then(|at| piece.get_mut(at))
            {
                *byte ^= 1;
            }
            let next = (Frame::data(Bytes::from(piece)), (file, at + read, open));
            Ok((read > 0).then_some(next))
        },
    );
    let answer = answer.header(CONTENT_LENGTH, length);
    let body: Pieces = Box::pin(pieces);
    Ok(answer.body(Either::Right(StreamBody::new(body))).unwrap())
}
