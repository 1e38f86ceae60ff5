package postgres_test

import (
	"testing"

	"go.uber.org/goleak"

	"fontis/internal/engine/db/dbsuite"
	"fontis/internal/engine/db/dbtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func onServer() dbsuite.Engine {
	return dbsuite.Engine{Place: dbtest.PostgresPlace, Open: dbtest.OpenPlace}
}

func TestPostgresKeepsTheRulesOfTheSuite(t *testing.T) {
	dbtest.NeedPostgres(t)
	dbsuite.RunAll(t, onServer())
}

func TestASnapshotGoesFromOneEngineToTheOther(t *testing.T) {
	dbtest.NeedPostgres(t)
	file := dbsuite.Engine{Place: dbtest.SQLitePlace, Open: dbtest.OpenPlace}
	t.Run("FileToServer", func(t *testing.T) { dbsuite.Carry(t, file, onServer()) })
	t.Run("ServerToFile", func(t *testing.T) { dbsuite.Carry(t, onServer(), file) })
}
