package sqlite_test

import (
	"testing"

	"go.uber.org/goleak"

	"fontis/internal/engine/db/dbsuite"
	"fontis/internal/engine/db/dbtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSQLiteKeepsTheRulesOfTheSuite(t *testing.T) {
	dbsuite.RunAll(t, dbsuite.Engine{Place: dbtest.SQLitePlace, Open: dbtest.OpenPlace})
}
