// Package fold writes texts so that equal words look equal, and cuts them into
// the terms of the index.
//
// Folding is NFKC, one width, lower case and simplified characters: 不動產登記
// （ＡＢ－1） becomes "不动产登记 ab 1", runs with one blank between. Documents and
// queries are folded alike, and folding twice changes nothing. The reading table
// serves those who type pinyin.
//
// data/simple.txt holds pairs of a traditional and its simplified character, taken
// from ICU 72's transform Traditional-Simplified (Unicode licence);
// data/pinyin.txt a syllable and its characters a line, taken from
// mozillazg/go-pinyin 0.21.0 (MIT), without tones.
package fold
