// Where questions lead: `node questions.mjs SECTIONS.js < questions.json` writes a list of places for each, the best first.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { Book } from "../retrieval.js";

const packed = readFileSync(process.argv[2], "utf8").match(/"(.*)"/)?.[1] ?? "";
const book = new Book(JSON.parse(gunzipSync(Buffer.from(packed, "base64")).toString()));
const places = (question) => book.ask(question).map(({ section: { path, id, kind } }) => ({ place: `${path.replace(/^book\/|\.html$/g, "")}#${id}`, kind }));
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(places)));
