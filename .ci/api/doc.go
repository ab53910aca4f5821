// Command api renders docs/asyncapi.yaml as one self-contained HTML page, in the order of the
// protocol: each query and request with its answer, each event, then the shared schemas.
//
//	go run ./.ci/api docs/asyncapi.yaml bin/asyncapi.html
//
// It reads and writes files and never judges the document; bridge/contract and the official
// parser do.
package main
