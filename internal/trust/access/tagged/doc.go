// Package tagged proposes a refused tag for a column of data on persons.
//
// Detect looks at the values: when at least 80 % of a column's rows that are not
// empty hold a word or code of a shipped list of the tag, the tag is proposed.
// ByName looks at the declared data element. A proposal binds until a second
// officer takes it off; nothing here inspects searched text.
//
// The lists are the peoples of GB/T 3304 with names, letter codes and numeric
// codes, the religions, and the political affiliations of GB/T 4762.
//
// Words of a list count whole, never as a part of something longer: 民族路,
// 回民中学 and 甘孜藏族自治州 count for nothing. What could as well mean something
// else counts only in company:
//
//   - a name of one character without 族 (白, 水, 土, 京): when 汉 stands in the
//     column too, or five different names do; 汉 alone counts;
//   - a Latin name or letter code: when HAN or HA is there too, with two others
//     of which one is no province's letter code;
//   - numeric codes of peoples: only as texts of two digits, as 01 to 56, 97 and 98;
//     with 01 among them, at least eight different, one of them from 32 on (so no
//     month, day or hour), and one code in at least a fifth of the rows (so no
//     running number, week or minute); integers never count;
//   - numeric codes of affiliations: only as texts of two digits from 01 to 13,
//     with 01, 13 and one of 02 and 03 among them, and 13 in at least a fifth of
//     the rows (so no month);
//   - 无 and 其他: when two other words of the list are there.
//
// The promise: a plain column of one of the lists is found however its values
// are spelled, and the false friends in the test are not.
package tagged
