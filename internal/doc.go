// Package internal documents the packages below it: the invariants of the
// program, called laws, and the permitted imports. Comments and tests cite a law
// by its number.
//
// # Laws
//
//  1. A cached page is a pure function of (build, version, language, path and
//     canonical query). It does not depend on any other part of the request (headers,
//     cookies, host, unknown parameters, session) or on the clock. Warming calls
//     the same function.
//  2. Cached responses contain no personal data. Basket, flash and session belong
//     to routes with the session middleware and Cache-Control: no-store; cached
//     routes neither read nor write a session. A cached page shows the basket's
//     count from a readable cookie that contains only a number.
//  3. A fragment receives only its declared inputs, so its key cannot omit one.
//  4. A clear is hard, expiry is soft. After a clear no process serves an entry
//     stored before it, and a load that began before it stores nothing.
//  5. A cache failure never fails a page. If Redis is down, slow or contains
//     garbage, every public page still returns 200, quickly. Only routes that
//     need a session degrade, with an error page. A visitor's cookie is never
//     deleted because Redis failed.
//  6. Sessions are not cache. No clear ends a session.
//  7. The set of keys is finite. Only existing values (a group, category, sort or
//     page number) become keys in Redis; free-text searches never do.
//  8. Only medicines that may be sold online can be ordered. Prescription,
//     controlled and expired medicines have no order form, and the server
//     rejects a forged one.
//  9. Unreadable data is unsafe. An unreadable or ambiguous date, number, class
//     or unit is reported and prevents a sale; it never permits one.
//  10. One medicine is never returned for another. A mere similarity is presented
//     as a question, and every result shows what matched.
//  11. The cost of a change is proportional to the change, and the cost of a
//     request is bounded. No request waits for work that grows with the
//     catalogue.
//
// # Packages
//
// An entry ends with the other packages of this tree that the package may
// import. TestImports in cmd/pharmacy enforces that.
//
//	catalogue          the data model: groups, variants,
//	                   prices, strengths, expiry          -
//	catalogue/catfile  reading and writing the catalogue
//	                   file, faults with their places     catalogue
//	catalogue/sheet    export to and import from
//	                   spreadsheets                       catalogue, catfile
//	catalogue/lint     quality warnings                   catalogue, catfile, search
//	search             folding of four languages, index,
//	                   queries                            -
//	shelf              immutable snapshots of a catalogue
//	                   on a day: listing, sorting, search catalogue, catfile, search
//	supply             the current snapshot: file reload,
//	                   sharing in a fleet                 catalogue, catfile, shelf, cache
//	cart               lines, quantities, totals; pure    catalogue, shelf
//	cache              tiers, generations, read-through
//	                   loading, coalescing, breaker       -
//	pagecache          full-page HTTP caching: policies,
//	                   canonical keys, warming            cache, conneg
//	conneg             content encodings and validators   -
//	render             template sets, fragments,
//	                   messages, numbers and dates        -
//	assets             hashed, precompressed static files conneg
//	session            typed access to scs                cart
//	storefront         routes, handlers, page structs,
//	                   errors                             assets, cache, cart, catalogue,
//	                                                      pagecache, render, search, session, shelf
//	cork               a listener that joins the first two
//	                   writes of a response               -
//	redistest          a real redis-server                tests only
//
// A module of others is imported by few, too: go-redis by cache, redistest and
// cmd/pharmacy, scs and redigo by session, chi by storefront. The test has the
// whole list.
package internal
